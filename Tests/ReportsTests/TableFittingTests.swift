import Foundation
import Reports
import Testing

@Suite("Tables on narrow terminals")
struct TableFittingTests {
  private var table: Table {
    var table = Table([("layer", .left), ("bits", .right), ("arithmetic", .left)])
    table.append(["layer1.0.conv1", "8", "codes by codes, because its input is a site"])
    table.append(["fc", "4", "codes"])
    return table
  }

  private func widest(_ text: String) -> Int {
    text.split(separator: "\n").map(\.count).max() ?? 0
  }

  @Test("A table that fits is the same as without a limit", arguments: [70, 80, 200, Int.max])
  func wide(width: Int) {
    #expect(table.text(width: width) == table.text())
  }

  @Test("Columns of words continue on further lines, and no word is lost", arguments: [60, 44, 36])
  func narrowed(width: Int) {
    let text = table.text(width: width)
    #expect(widest(text) <= width)
    for word in ["codes", "because", "input", "site", "bits"] { #expect(text.contains(word)) }
    #expect(text.split(separator: "\n").count > 3)
  }

  @Test("Columns of numbers that do not fit stand below, with the first column again")
  func cut() {
    var table = Table([("network", .left)] + (1...9).map { ("number \($0)", .right) })
    table.append(["brecq"] + (1...9).map { "\($0)000000" })
    let text = table.text(width: 40)
    #expect(widest(text) <= 40)
    #expect(text.components(separatedBy: "brecq").count > 3)
    for number in 1...9 { #expect(text.contains("\(number)000000")) }
  }

  @Test("Lines are cut between words, and a long word where it must be")
  func wrapping() {
    #expect("one two three".wrapped(to: 7) == ["one two", "three"])
    #expect("abcdefgh".wrapped(to: 3) == ["abc", "def", "gh"])
    #expect("short".wrapped(to: 80) == ["short"])
  }

  @Test("Bars become shorter on a narrow terminal")
  func bars() {
    let networks = [(name: "mixquant+brecq", top1: 90.75, kl: 0.1)]
    #expect(widest(TextBars.text(networks)) > 60)
    #expect(widest(TextBars.text(networks, width: 60)) <= 60)
  }
}
