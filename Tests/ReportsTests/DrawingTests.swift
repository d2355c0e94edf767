import Foundation
import Reports
import Testing

@Suite("Markup")
struct MarkupTests {
  @Test("Text and attributes are escaped, attributes keep their order")
  func escaping() {
    let markup = Markup("a", ["title": "\"<&>\"", "class": "b"], "x < y & \u{1B}z")
    #expect(
      markup.source
        == "<a title=\"&quot;&lt;&amp;&gt;&quot;\" class=\"b\">x &lt; y &amp; \u{FFFD}z</a>")
  }

  @Test("Elements without content close themselves, all others have an end tag")
  func endTags() {
    #expect(Markup("br").source == "<br/>")
    #expect(Markup("td").source == "<td></td>")
  }
}

@Suite("The palette")
struct PaletteTests {
  @Test("Black on white has WCAG's contrast of 21, a colour on itself 1")
  func contrast() {
    #expect(abs(Palette.contrast("#000000", "#ffffff") - 21) < 1e-9)
    #expect(Palette.contrast("#777777", "#777777") == 1)
    #expect(abs(Palette.contrast("#777777", "#ffffff") - 4.48) < 0.01)
  }

  @Test("All that is read has a contrast of 4.5 or more, light and dark (WCAG 2 AA)")
  func legibility() {
    for colour in [Palette.text, Palette.muted] + Palette.series {
      #expect(Palette.contrast(colour.light, Palette.background.light) >= 4.5, "\(colour.name)")
      #expect(Palette.contrast(colour.dark, Palette.background.dark) >= 4.5, "\(colour.name)")
    }
  }
}

@Suite("Pictures")
struct PictureTests {
  @Test("A picture is a file of its own: well-formed XML with its style sheet, the same every time")
  func files() throws {
    let pictures = Report.sample().summaryPictures
    #expect(
      pictures.map(\.id) == [
        "accuracy-nearest", "divergence-nearest", "accuracy-brecq", "divergence-brecq",
      ])
    for picture in pictures {
      #expect(picture.file.contains("prefers-color-scheme:dark"))
      #expect(picture.file.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "))
    }
    #expect(Report.sample().summaryPictures.map(\.file) == pictures.map(\.file))
  }

  @Test("The words of a picture say its figures")
  func descriptions() {
    let picture = Report.sample().summaryPictures[3]
    #expect(picture.description.contains("two-width, brecq: 0.1058 [0.0984, 0.1132] at 0.0852 MiB"))
    #expect(picture.description.contains("mixquant-weighted, brecq: 0.1158"))
  }

  @Test("Colour is never the only sign: every series has a shape of its own and its name beside it")
  func shapes() {
    let source = Report.sample().summaryPictures[2].file
    #expect(source.contains("<circle") && source.contains(">two-width<"))
    #expect(source.contains(">mixquant-weighted<"))
  }

  @Test("Networks of one size stand on lines of their own; others are drawn against their sizes")
  func sizes() {
    var report = Report.sample()
    #expect(report.summaryPictures[2].title == "Top-1 accuracy at equal size, brecq")
    #expect(!report.summaryPictures[2].file.contains("size, MiB"))
    report.rows[4].bytes *= 2
    #expect(report.summaryPictures[2].title == "Top-1 accuracy against size, brecq")
    #expect(report.summaryPictures[2].file.contains("size, MiB"))
  }

  @Test("Every picture has the numbers that it draws")
  func data() {
    for picture in Report.sample().summaryPictures {
      #expect(picture.data.rows.count == (picture.id.hasPrefix("accuracy") ? 3 : 2))
    }
    let rows = Report.sample().summaryPictures[3].data.rows
    #expect(rows[0] == ["two-width, brecq", "89300", "0.1058", "0.098394", "0.113206"])
  }

  @Test("Hundreds of networks, none, and figures that are not finite can be drawn")
  func extremes() {
    var report = Report.sample()
    report.rows[3].kl = .init(.infinity, low: 0, high: .infinity)
    report.rows[4].kl = .init(0, low: 0, high: 0)
    #expect(!HTMLPage(report).source.contains("nan"))
    let row = report.rows[4]
    for index in 0..<200 {
      var other = row
      other.allocator = "random-\(index)"
      report.rows.append(other)
    }
    #expect(report.summaryPictures.count == 4)
    report.rows = Array(report.rows.prefix(1))
    #expect(report.summaryPictures.isEmpty && HTMLPage(report).source.contains("full-precision"))
  }
}

extension Palette {
  /// WCAG 2's contrast ratio of two `#rrggbb` colours, from 1 to 21.
  static func contrast(_ first: String, _ second: String) -> Double {
    let (a, b) = (luminance(first), luminance(second))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private static func luminance(_ colour: String) -> Double {
    let value = Int(colour.dropFirst(), radix: 16) ?? 0
    let channels = [16, 8, 0].map { shift -> Double in
      let share = Double(value >> shift & 255) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }
}
