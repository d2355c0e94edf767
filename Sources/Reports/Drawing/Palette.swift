import Foundation

/// The colours of pages and pictures, once for light and once for dark.
package enum Palette {
  /// A colour that a style sheet calls by name.
  package struct Colour: Sendable {
    package let name: String
    /// `#rrggbb` on a light page.
    package let light: String
    /// The same on a dark page.
    package let dark: String
  }

  package static let background = Colour(name: "background", light: "#fdfdfc", dark: "#15171a")
  package static let surface = Colour(name: "surface", light: "#f4f4f1", dark: "#1f2226")
  package static let text = Colour(name: "text", light: "#1d2126", dark: "#e8e8e4")
  package static let muted = Colour(name: "muted", light: "#5a616b", dark: "#a3aab3")
  package static let rule = Colour(name: "rule", light: "#d9dad5", dark: "#383d44")

  /// The colours of series, in the order they are given out.
  package static let series = [
    ("#1c5fa8", "#7db5f2"), ("#b0480a", "#f2a05c"), ("#17734a", "#66cf96"), ("#7a3b9e", "#cb9ff0"),
    ("#a8243a", "#ff8d99"), ("#0a6c80", "#5fcfe2"), ("#73591a", "#d9b96c"), ("#545b66", "#adb5c0"),
  ].enumerated().map { Colour(name: "series\($0)", light: $1.0, dark: $1.1) }

  package static let all = [background, surface, text, muted, rule] + series

  /// The variables of a style sheet, for both pages.
  static var variables: String {
    func block(_ value: (Colour) -> String) -> String {
      all.map { "--\($0.name):\(value($0))" }.joined(separator: ";")
    }
    return """
      :root{color-scheme:light dark;\(block { $0.light })}
      @media screen and (prefers-color-scheme:dark){:root{\(block { $0.dark })}}

      """
  }

  /// The look of the classes of pictures.
  static var pictureRules: String {
    let series = series.map {
      ".\($0.name){--mark:var(--\($0.name))}"
    }.joined()
    return """
      svg{overflow:visible}
      svg text{font:13px \(fonts);fill:var(--text)}
      svg .small{font-size:12px;fill:var(--muted)}
      svg .strong{font-weight:600}
      svg .reference{--mark:var(--muted)}
      svg .named{fill:var(--mark)}
      svg .halo{paint-order:stroke;stroke:var(--background);stroke-width:4px;stroke-linejoin:round}
      svg .grid{stroke:var(--rule);stroke-width:1;fill:none}
      svg .axis{stroke:var(--muted);stroke-width:1;fill:none}
      svg .dashed{stroke-dasharray:4 4}
      svg .mark{stroke:var(--mark);fill:var(--mark);stroke-width:1.5}
      svg .hollow{fill:var(--background)}
      svg .curve{stroke:var(--mark);fill:none;stroke-width:1.5;stroke-linejoin:round}
      svg .faint{stroke:var(--muted);fill:none;stroke-width:1;opacity:.35}
      svg .track{fill:var(--rule)}
      svg .plain{fill:var(--muted)}
      svg .bar{fill:var(--mark)}
      svg .count{font-size:12px}
      svg .cell{fill:var(--mark)}
      svg .area{fill:var(--mark);fill-opacity:.3;stroke:var(--mark)}
      \(series)

      """
  }

  static let fonts = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif"
}
