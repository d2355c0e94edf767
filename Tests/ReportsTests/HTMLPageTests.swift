import Files
import Foundation
import Reports
import Testing

@Suite("The page")
struct HTMLPageTests {
  private let source = HTMLPage(.sample()).source

  @Test("Equal reports give equal pages, which need nothing but themselves")
  func isSelfContained() {
    #expect(HTMLPage(.sample()).source == source)
    for forbidden in ["<script src", "<link", "src=\"http", "url(", "@import", "javascript:"] {
      #expect(!source.contains(forbidden), "\(forbidden) is in the page")
    }
    let addresses = source.matches(of: /https?:[^"]*/).map { String($0.output) }
    #expect(Set(addresses) == ["http://www.w3.org/2000/svg"])
    #expect(source.matches(of: /<script>/).count == 1)
  }

  @Test("Names of files are text, whatever they hold")
  func escaping() {
    #expect(source.contains("resnet&lt;20&gt;&amp;.pth"))
    #expect(!source.contains("resnet<20>"))
  }

  @Test("Every picture has a role, a title and a description that its label names, all ids unique")
  func pictureWords() {
    let pictures = source.matches(of: /<svg [^>]*role="img" aria-labelledby="([^ "]+) ([^ "]+)">/)
    #expect(pictures.count == source.matches(of: /<svg\s/).count && pictures.count == 13)
    for picture in pictures {
      #expect(source.contains("<title id=\"\(picture.output.1)\">"))
      #expect(source.contains("<desc id=\"\(picture.output.2)\">"))
    }
    let ids = source.matches(of: /\sid="([^"]+)"/).map { String($0.output.1) }
    #expect(Set(ids).count == ids.count)
  }

  @Test("Headings go down a step at a time, tables have captions, rows and columns have scopes")
  func structure() {
    let levels = source.matches(of: /<h([1-6])/).compactMap { Int($0.output.1) }
    #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
    for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1) }
    #expect(source.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    let tables = source.matches(of: /<table/).count
    #expect(tables > 0 && source.matches(of: /<caption/).count == tables)
    #expect(source.matches(of: /<th\s/).count == source.matches(of: /<th scope="(col|row)"/).count)
    #expect(source.matches(of: /<img/).count == source.matches(of: /<img [^>]*alt="[^"]+"/).count)
  }

  @Test("The links of the contents lead somewhere")
  func links() {
    let targets = source.matches(of: /href="#([^"]+)"/).map { String($0.output.1) }
    #expect(targets.count == 9)
    for target in targets { #expect(source.contains("<h2 id=\"\(target)\">")) }
  }

  @Test("What a report does not have, the page does not announce")
  func emptyParts() {
    var report = Report.sample()
    report.reconstructions = []
    report.errors = nil
    report.classes = nil
    report.confusion = nil
    report.costs = nil
    report.plans = []
    report.histograms = []
    report.flips = .init()
    let source = HTMLPage(report).source
    for id in ["error", "reconstruction", "weights", "flips", "classes", "layers"] {
      #expect(!source.contains("\"\(id)\"") && !source.contains("#\(id)"))
    }
  }

  @Test("The page leads with the verdict, and the table comes before every picture")
  func order() throws {
    let places = try ["brecq is closest", "<table>", "<svg "].map { word in
      try #require(source.range(of: word)?.lowerBound)
    }
    #expect(places == places.sorted())
  }

  @Test("Tags are closed in the order in which they were opened")
  func wellFormed() {
    let body = source.replacing(
      /<(style|script)>.*?<\/(style|script)>/.dotMatchesNewlines(), with: "")
    var open: [Substring] = []
    for tag in body.matches(of: /<(\/?)([a-z0-9]+)(?:\s+[a-zA-Z:-]+="[^"<]*")*(\/?)>/) {
      let (_, end, name, empty) = tag.output
      if end == "/" { #expect(open.popLast() == name) } else if empty == "" { open.append(name) }
    }
    #expect(open == [])
    #expect(body.matches(of: /</).count == 1 + body.matches(of: /<\/?[a-z]/).count)
  }

  @Test("Every picture and every table has a link to its numbers, which hold them")
  func downloads() throws {
    let figures = source.matches(of: /<figure><figcaption><h3>.*?<\/figure>/.dotMatchesNewlines())
    #expect(figures.count == 13)
    let links = /href="data:text\/csv;charset=utf-8,([^"]+)" download="([^"]+)\.csv"/
    for figure in figures { #expect(figure.output.contains(links)) }
    let tables = source.matches(of: /<div class="table">/).count
    let all = source.matches(of: links)
    #expect(all.count == figures.count + tables)
    #expect(Set(all.map(\.output.2)).count == all.count)
    let costs = try #require(all.first { $0.output.2 == "costs" })
    let text = try #require(String(costs.output.1).removingPercentEncoding)
    #expect(text.hasPrefix("layer,bits,bytes %,work %,time %\nconv1,8,"))
  }

  @Test("The policy allows the one script by its hash")
  func policy() throws {
    let script = try #require(
      source.firstMatch(of: /<script>(.*?)<\/script>/.dotMatchesNewlines())?.output.1)
    let digits = SHA256.hexDigest(of: Data(script.utf8))
    let bytes = stride(from: 0, to: 64, by: 2).compactMap {
      UInt8(digits.dropFirst($0).prefix(2), radix: 16)
    }
    #expect(source.contains("script-src 'sha256-\(Data(bytes).base64EncodedString())'"))
  }

  @Test("A column without figures does not appear")
  func emptyColumns() {
    var report = Report.sample()
    #expect(HTMLPage(report).source.contains(">top-5 %<"))
    for index in report.rows.indices { report.rows[index].top5 = nil }
    #expect(!HTMLPage(report).source.contains(">top-5 %<"))
  }

  @Test("The sentence on flips names the networks that it counts")
  func flipSentence() {
    #expect(
      source.contains(
        "144 images got another first answer than full precision's from at least one of brecq, "
          + "mixquant+brecq."))
  }

  @Test("The classes that lost most come first, with their loss")
  func classes() throws {
    let row = try #require(
      source.firstMatch(of: /class=.word.>cat<\/th><td[^>]*>200<\/td>.*?<\/tr>/))
    #expect(row.output.contains(">81.00<") && row.output.contains(">66.00<"))
    #expect(row.output.contains(">-15.00<"))
  }

  @Test("The layers have their shares of bytes and of time")
  func shares() throws {
    let row = try #require(source.firstMatch(of: /<tr><th[^>]*>conv1<\/th><td[^>]*>432<.*?<\/tr>/))
    for cell in [">8<", ">0.4<", ">300<", ">1.28<", ">15.00<", ">winograd<"] {
      #expect(row.output.contains(cell), "\(cell) in \(row.output)")
    }
  }
}
