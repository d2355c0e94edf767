import Foundation
import Reports
import Testing

@Suite("The page in a browser", .serialized)
struct BrowserTests {
  /// What the probe found, written by it into the document's title.
  private struct Findings: Decodable {
    let pictures: [[Double]]
    let images: [Double]
    let overflow: Double
    let small: [String]
    let outside: [String]
  }

  /// Measures what is to be seen; it stands before the page's policy, which forbids all scripts.
  private static let probe = """
    <script>addEventListener('load', () => {
      const box = e => e.getBoundingClientRect();
      const svgs = [...document.querySelectorAll('svg')];
      const outside = svgs.flatMap(s => [...s.querySelectorAll('text')].filter(t => {
        const a = box(s), b = box(t);
        return b.left < a.left - 1 || b.right > a.right + 1 || b.top < a.top - 1
          || b.bottom > a.bottom + 1;
      }).map(t => t.textContent));
      document.title = 'FINDINGS' + JSON.stringify({
        pictures: svgs.map(s => [box(s).width, box(s).height, s.getBBox().width]),
        images: [...document.images].map(i => i.complete ? i.naturalWidth : 0),
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: [...document.querySelectorAll('svg text')].filter(t => box(t).height < 9)
          .map(t => t.textContent),
        outside
      });
    });</script>
    """

  private func findings(in document: String) throws -> Findings {
    let match = try #require(document.firstMatch(of: /FINDINGS(\{.*?\})</))
    let text = match.output.1.replacing("&amp;", with: "&").replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">")
    return try JSONDecoder().decode(Findings.self, from: Data(text.utf8))
  }

  /// The page with the probe.
  private func probed(_ report: ComparisonReport) -> String {
    HTMLPage(report).source.replacing("<head>", with: "<head>" + Self.probe)
  }

  @Test(
    "No errors, every picture visible, no text cut off, nothing wider than the window",
    .needsBrowser)
  func desktop() throws {
    let visit = try Browser.visit(probed(.sample()))
    #expect(visit.console == [])
    let findings = try findings(in: visit.document)
    #expect(findings.pictures.count == 10)
    for size in findings.pictures { #expect(size.allSatisfy { $0 > 50 }) }
    #expect(findings.images == [1, 1, 1])
    #expect(findings.overflow <= 0)
    #expect(findings.outside == [])
  }

  @Test("On a phone nothing is wider than the screen, and text stays legible", .needsBrowser)
  func phone() throws {
    let page = probed(.sample()).replacing("FINDINGS", with: "INNER")
    let quoted = page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    let frame = """
      <!DOCTYPE html><title>none</title>
      <iframe style="width:360px;height:800px;border:0" srcdoc="\(quoted)"></iframe>
      <script>addEventListener('load', () => {
        const inner = document.querySelector('iframe').contentDocument.title;
        document.title = inner.replace('INNER', 'FINDINGS');
      });</script>
      """
    let visit = try Browser.visit(frame)
    let findings = try findings(in: visit.document)
    #expect(findings.pictures.count == 10)
    for size in findings.pictures { #expect(size[0] > 300 && size[0] <= 360) }
    #expect(findings.overflow <= 0)
    #expect(findings.small == [])
  }
}
