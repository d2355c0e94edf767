import Files
import Testing

@Suite("Printable text")
struct PrintableTests {
  @Test("Letters of any script, digits and signs stay")
  func plainText() {
    let text = "layer1.0.conv1 – Größe 3×3 → 画像 😀"
    #expect(text.printable() == text)
  }

  @Test(
    "Characters that could move the cursor, break the line or reverse the text are made visible",
    arguments: ["\u{0}", "\n", "\r", "\t", "\u{1B}", "\u{7F}", "\u{9B}", "\u{202E}", "\u{2028}"])
  func controlCharacters(character: String) {
    #expect("a\(character)b".printable() == "a\u{FFFD}b")
  }

  @Test("Long text is cut off, visibly, in bounded time")
  func length() {
    #expect("abcdef".printable(limit: 3) == "abc…")
    #expect("abc".printable(limit: 3) == "abc")
    let marks = "a" + String(repeating: "\u{301}", count: 100_000)
    #expect(marks.printable(limit: 3).unicodeScalars.count < 20)
  }

  @Test("Long lists are cut off and counted")
  func lists() {
    let names = (1...25).map(String.init)
    #expect(names.printable(limit: 2) == ["1", "2", "… and 23 more"])
    #expect(names.printable(limit: 25) == names)
  }
}
