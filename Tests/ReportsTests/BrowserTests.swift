import Foundation
import Reports
import Testing

@Suite("The page in a browser", .serialized, .needsBrowser)
struct BrowserTests {
  @Test("In a window: no errors, every picture visible, no text cut off or faint")
  func desktop() throws {
    let probe = try Probe(of: .sample())
    probe.expectSound()
    for size in probe.pictures { #expect(size.allSatisfy { $0 > 50 }) }
    #expect(probe.background == "rgb(253, 253, 252)")
  }

  @Test("On a phone nothing is wider than the screen, and text stays legible")
  func phone() throws {
    let probe = try Probe(of: .sample(), width: 390)
    probe.expectSound()
    for size in probe.pictures { #expect(size[0] > 300 && size[0] <= 390) }
    #expect(probe.small == [])
  }

  @Test("In dark mode the page is dark, and all text keeps its contrast")
  func dark() throws {
    let probe = try Probe(of: .sample(), isDark: true)
    probe.expectSound()
    #expect(probe.background == "rgb(21, 23, 26)")
  }

  @Test("In print no column is cut off, nothing is folded, and the paper stays white")
  func printed() throws {
    // A4 with the browser's margins.
    let probe = try Probe(of: .sample(), width: 718, isDark: false, isPrinted: true)
    probe.expectSound()
    #expect(probe.wideTables == [] && probe.foldedAfterPrint == 0)
    let pdf = try Browser.print(HTMLPage(.sample()).source)
    #expect(pdf.starts(with: Data("%PDF-".utf8)))
    #expect(String(decoding: pdf, as: UTF8.self).matches(of: /\/Type \/Page\b/).count >= 3)
  }

  @Test(
    "Clicks on a heading sort from the largest, from the smallest, and as before"
  )
  func sorting() throws {
    let probe = try Probe(of: .sample())
    let own = ["full-precision", "nearest", "mixquant+nearest", "brecq", "mixquant+brecq"]
    try #require(probe.sorted.count == 4)
    #expect(probe.sorted[0].prefix(2) == ["mixquant+nearest", "nearest"])
    #expect(probe.sorted[1].prefix(2) == ["brecq", "mixquant+brecq"])
    #expect(probe.sorted[1].last == "full-precision")
    #expect(probe.sorted[2] == own)
    #expect(probe.sorted[3] == own.sorted())
  }

  @Test("A packed file's page, with neither scores nor comparison, is sound too")
  func packedFile() throws {
    var report = Report(title: "a.mixq, a packed file", subject: Report.sample().subject)
    report.rows = [Report.Row(name: "a.mixq", method: "brecq", bytes: 89_000, averageBits: 2.47)]
    report.layers = Report.sample().layers
    report.costs = Report.sample().costs
    let probe = try Probe(of: report, width: 390)
    #expect(probe.pictures.count == 1 && probe.overflow <= 0 && probe.faint == [])
  }
}
