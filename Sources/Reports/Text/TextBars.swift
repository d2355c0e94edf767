import Foundation

/// Bars of text.
package enum TextBars {
  private static let width = 20

  /// Returns the networks' accuracies on a scale from 0 to 100 %, and their divergences on one that ends at
  /// the largest, one line per network.
  ///
  /// - Parameters:
  ///   - networks: The names, the accuracies in percent and the divergences in nats.
  ///   - width: The columns of the terminal; bars become shorter, down to four characters.
  package static func text(
    _ networks: [(name: String, top1: Double, kl: Double)], width: Int = .max
  ) -> String {
    let names = networks.map(\.name.count).max() ?? 0
    // Numbers and spaces take about 23 columns.
    let length = min(Self.width, max(4, (width - min(names, width) - 23) / 2))
    let most = networks.map(\.kl).filter(\.isFinite).max() ?? 0
    let table = Table(
      networks,
      [
        .words("network") { $0.name },
        .words("top-1 %") { bar($0.top1 / 100, width: length) + String(format: " %6.2f", $0.top1) },
        .words("KL") {
          bar(most > 0 ? $0.kl / most : 0, width: length) + " " + Numbers.nats($0.kl)
        },
      ])
    return table.text()
  }

  /// Returns a share from 0 to 1 as a bar, to an eighth of a character: `███▌······`.
  package static func bar(_ share: Double, width: Int) -> String {
    let inside = share.isNaN ? 0 : min(1, max(0, share))
    let eighths = Int((inside * Double(8 * width)).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let drawn = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    return drawn + String(repeating: "·", count: width - drawn.count)
  }
}
