import Reports
import Testing

@Suite("Line of progress")
struct ProgressLineTests {
  private var line: ProgressLine {
    var line = ProgressLine(task: "reconstructing", elapsed: 65)
    line.detail = "weights layer1.0 step 20/500"
    line.fraction = 0.5
    line.left = 70
    return line
  }

  @Test("It has bar, task, fraction and times")
  func wide() {
    let text = line.text()
    #expect(text.hasPrefix("[############............] reconstructing weights layer1.0"))
    #expect(text.hasSuffix("50 % elapsed 1:05 left 1:10"))
  }

  @Test("It fits every width, and keeps the time left as long as there is room")
  func widths() {
    for width in 0...120 {
      let text = line.text(width: width)
      #expect(text.count <= width, "\(width): \(text)")
      if width >= 40 { #expect(text.hasSuffix("left 1:10") && text.contains("reconstructing")) }
    }
  }

  @Test("The time left of all is told if it is more than that of the task")
  func all() {
    var line = line
    line.leftOfAll = 3700
    #expect(line.text().hasSuffix("left 1:10, all 1:01:40"))
    line.leftOfAll = 70
    #expect(line.text().hasSuffix("left 1:10"))
  }

  @Test("Without a fraction a mark turns")
  func spinner() {
    let marks = [0, 0.25, 0.45, 0.65].map {
      ProgressLine(task: "probing", elapsed: $0).text().prefix(1)
    }
    #expect(Set(marks) == ["|", "/", "-", "\\"])
    #expect(ProgressLine(task: "probing", elapsed: 3).plainText == "probing elapsed 0:03")
  }
}
