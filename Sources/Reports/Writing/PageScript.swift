import Files
import Foundation

/// The script of a page: a click on a heading sorts the table, and printing unfolds what is folded.
enum PageScript {
  static let text = """

    for (const table of document.querySelectorAll('table')) {
      const body = table.tBodies[0], rows = [...body.rows];
      [...table.tHead.rows[0].cells].forEach((head, column, heads) => {
        const isNumber = head.className === 'number';
        const value = row => {
          const text = row.cells[column].textContent;
          return isNumber ? parseFloat(text.replace('<', '').replace('∞', 'Infinity')) : text;
        };
        const order = (a, b, sign) => isNumber
          ? isNaN(a) - isNaN(b) || sign * (a - b)
          : sign * a.localeCompare(b, 'en', {numeric: true});
        const button = document.createElement('button');
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener('click', () => {
          const states = isNumber
            ? ['descending', 'ascending', null] : ['ascending', 'descending', null];
          const next = states[(states.indexOf(head.getAttribute('aria-sort')) + 1) % 3];
          heads.forEach(other => other.removeAttribute('aria-sort'));
          if (next) head.setAttribute('aria-sort', next);
          const sign = next === 'descending' ? -1 : 1;
          body.append(...(next
            ? [...rows].sort((a, b) => order(value(a), value(b), sign)) : rows));
        });
      });
    }
    addEventListener('beforeprint', () => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });

    """

  /// The source of scripts that the page's policy allows: this one.
  static var hash: String {
    let digits = Array(SHA256.hexDigest(of: Data(text.utf8)).utf8)
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return "sha256-" + Data(bytes).base64EncodedString()
  }
}
