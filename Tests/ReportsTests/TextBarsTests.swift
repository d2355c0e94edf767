import Reports
import Testing

@Suite("Bars of text")
struct TextBarsTests {
  @Test(
    "A bar is full at 1, empty at 0, and fine to an eighth of a character",
    arguments: [
      (0, "····"), (1, "████"), (0.5, "██··"), (0.03125, "▏···"), (0.625, "██▌·"), (7, "████"),
      (-1, "····"), (.nan, "····"),
    ] as [(Double, String)])
  func bar(share: Double, drawn: String) { #expect(TextBars.bar(share, width: 4) == drawn) }

  @Test("A line a network: accuracy of 100 %, divergence of the largest")
  func lines() {
    let text = TextBars.text([("full-precision", 100, 0), ("nearest", 50, 2), ("brecq", 0, 1)])
    let (full, empty) = (String(repeating: "█", count: 20), String(repeating: "·", count: 20))
    let half = String(repeating: "█", count: 10) + String(repeating: "·", count: 10)
    let lines = text.split(separator: "\n").dropFirst()
    #expect(
      lines == [
        "full-precision  \(full) 100.00  \(empty) 0.0000",
        "nearest         \(half)  50.00  \(full) 2.0000",
        "brecq           \(empty)   0.00  \(half) 1.0000",
      ])
  }
}
