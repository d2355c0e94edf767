import Foundation
import Reports
import Testing

@Suite("The page")
struct HTMLPageTests {
  private let source = HTMLPage(.sample()).source

  @Test("Equal reports give equal pages, which need nothing but themselves")
  func isSelfContained() {
    #expect(HTMLPage(.sample()).source == source)
    for forbidden in ["<script", "<link", "src=\"http", "url(", "@import", "javascript:"] {
      #expect(!source.contains(forbidden), "\(forbidden) is in the page")
    }
    let addresses = source.matches(of: /https?:[^"]*/).map { String($0.output) }
    #expect(Set(addresses) == ["http://www.w3.org/2000/svg"])
  }

  @Test("Names of files are text, whatever they hold")
  func escaping() {
    #expect(source.contains("resnet&lt;20&gt;&amp;.pth"))
    #expect(!source.contains("resnet<20>"))
  }

  @Test("Every picture has a role, a title and a description that its label names, all ids unique")
  func pictureWords() {
    let pictures = source.matches(of: /<svg [^>]*role="img" aria-labelledby="([^ "]+) ([^ "]+)">/)
    #expect(pictures.count == source.matches(of: /<svg\s/).count && pictures.count == 10)
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
    #expect(targets.count == 7)
    for target in targets { #expect(source.contains("<h2 id=\"\(target)\">")) }
  }

  @Test("What a report does not have, the page does not announce")
  func emptyParts() {
    var report = ComparisonReport.sample()
    report.reconstructions = []
    report.errors = nil
    report.histograms = []
    report.flips = .init()
    let source = HTMLPage(report).source
    for id in ["error", "reconstruction", "weights", "flips"] {
      #expect(!source.contains("\"\(id)\"") && !source.contains("#\(id)"))
    }
  }
}
