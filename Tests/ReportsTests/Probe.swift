import Foundation
import Reports
import Testing

/// The measurements that a script takes of a page in a browser.
struct Probe: Decodable {
  /// The width, the height and the drawn width of each picture, in pixels.
  let pictures: [[Double]]
  /// The width of each image file.
  let images: [Double]
  /// The pixels by which the page is wider than its window.
  let overflow: Double
  /// Texts of pictures that are less than 9 pixels high.
  let small: [String]
  /// Texts of pictures that reach beyond their picture.
  let outside: [String]
  /// Texts whose contrast is below 4.5 (WCAG 2 AA).
  let faint: [String]
  /// The levels of the headings, in order.
  let headings: [Int]
  let repeatedIds: [String]
  /// The tables outside of boxes that scroll.
  let looseTables: Int
  /// The captions of tables that are wider than their boxes.
  let wideTables: [String]
  /// The first column of the results after each of four clicks on the heading of the second last one.
  let sorted: [[String]]
  let foldedAfterPrint: Int
  let background: String

  /// Stands before the page's policy, which forbids all other scripts.
  private static let script = """
    <script>addEventListener('load', () => {
      const all = (query, root = document) => [...root.querySelectorAll(query)];
      const box = e => e.getBoundingClientRect();
      const texts = all('svg text');
      const outside = texts.filter(t => {
        const a = box(t.closest('svg')), b = box(t);
        return b.left < a.left - 1 || b.right > a.right + 1 || b.top < a.top - 1
          || b.bottom > a.bottom + 1;
      });
      const light = colour => {
        const c = colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
          .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * c[0] + .7152 * c[1] + .0722 * c[2];
      };
      const background = getComputedStyle(document.body).backgroundColor;
      const contrast = e => {
        const style = getComputedStyle(e);
        const [a, b] = [light(e.closest('svg') ? style.fill : style.color), light(background)];
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
      };
      const read = all('h1,h2,h3,p,li,a,th,td,caption,figcaption,summary,button,svg text');
      const ids = all('[id]').map(e => e.id);
      const table = document.querySelector('table');
      const heads = [...table.tHead.rows[0].cells];
      const names = () => [...table.tBodies[0].rows].map(r => r.cells[0].textContent);
      const sorted = [1, 2, 3].map(() => {
        heads[heads.length - 2].querySelector('button').click();
        return names();
      });
      heads[0].querySelector('button').click();
      sorted.push(names());
      dispatchEvent(new Event('beforeprint'));
      document.title = 'FINDINGS' + JSON.stringify({
        pictures: all('svg').map(s => [box(s).width, box(s).height, s.getBBox().width]),
        images: [...document.images].map(i => i.complete ? i.naturalWidth : 0),
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: texts.filter(t => Math.min(box(t).height, box(t).width) < 7
          || Math.max(box(t).height, box(t).width) < 9).map(t => t.textContent)
          .filter(t => t.length > 1),
        outside: outside.map(t => t.textContent),
        faint: read.filter(e => contrast(e) < 4.5).map(e => e.textContent.slice(0, 40)),
        headings: all('h1,h2,h3,h4').map(h => +h.tagName[1]),
        repeatedIds: ids.filter((id, i) => ids.indexOf(id) !== i),
        looseTables: all('table').filter(t => !t.closest('.scroll')).length,
        wideTables: all('.scroll').filter(s => s.scrollWidth > s.clientWidth + 1)
          .map(s => s.querySelector('caption').textContent),
        sorted, foldedAfterPrint: all('details:not([open])').length, background
      });
    });</script>
    """

  /// Opens the page of `report` in a window, or in a frame of `width` pixels.
  ///
  /// - Parameter isPrinted: True to use the rules of print on the screen.
  init(of report: Report, width: Int? = nil, isDark: Bool = false, isPrinted: Bool = false) throws {
    var page = HTMLPage(report).source.replacing("<head>", with: "<head>" + Self.script)
    if isPrinted { page = page.replacing("@media print", with: "@media all") }
    if let width {
      let quoted = page.replacing("FINDINGS", with: "INNER").replacing("&", with: "&amp;")
        .replacing("\"", with: "&quot;")
      page = """
        <!DOCTYPE html><meta name="color-scheme" content="light dark"><title>none</title>
        <iframe style="width:\(width)px;height:800px;border:0" srcdoc="\(quoted)"></iframe>
        <script>addEventListener('load', () => {
          const inner = document.querySelector('iframe').contentDocument.title;
          document.title = inner.replace('INNER', 'FINDINGS');
        });</script>
        """
    }
    let visit = try Browser.visit(page, isDark: isDark)
    #expect(visit.console == [])
    let match = try #require(visit.document.firstMatch(of: /FINDINGS(\{.*?\})</))
    let text = match.output.1.replacing("&amp;", with: "&").replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">")
    self = try JSONDecoder().decode(Probe.self, from: Data(text.utf8))
  }

  /// Expects everything that holds in every window.
  func expectSound() {
    #expect(pictures.count == 13 && images == [1, 1, 1])
    #expect(overflow <= 0, "the page is wider than its window")
    #expect(outside == [] && faint == [] && repeatedIds == [] && looseTables == 0)
    #expect(headings.first == 1 && headings.count { $0 == 1 } == 1)
    for (level, next) in zip(headings, headings.dropFirst()) { #expect(next <= level + 1) }
  }
}
