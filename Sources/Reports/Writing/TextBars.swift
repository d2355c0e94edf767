import Foundation

/// Accuracy and divergence of some networks as bars of text, one line per network.
package struct TextBars: Sendable {
  /// The figures of a line.
  package struct Entry: Sendable {
    let name: String
    /// Percent.
    let top1: Double
    /// In nats.
    let kl: Double

    package init(name: String, top1: Double, kl: Double) {
      self.name = name
      self.top1 = top1
      self.kl = kl
    }
  }

  private let entries: [Entry]
  private static let width = 20

  package init(_ entries: [Entry]) { self.entries = entries }

  /// The bars at their full length.
  package var text: String { text(width: .max) }

  /// Returns accuracy on a scale from 0 to 100 %, and divergence on one that ends at the largest.
  ///
  /// - Parameter width: The columns of the terminal; bars become shorter, down to four characters.
  package func text(width: Int) -> String {
    let names = entries.map(\.name.count).max() ?? 0
    // Numbers and spaces take about 23 columns.
    let length = min(Self.width, max(4, (width - min(names, width) - 23) / 2))
    let most = entries.map(\.kl).filter(\.isFinite).max() ?? 0
    var table = Table([("network", .left), ("top-1 %", .left), ("KL", .left)])
    for entry in entries {
      table.append([
        entry.name,
        Self.bar(entry.top1 / 100, width: length) + String(format: " %6.2f", entry.top1),
        Self.bar(most > 0 ? entry.kl / most : 0, width: length) + " " + Numbers.nats(entry.kl),
      ])
    }
    return table.text
  }

  /// A share from 0 to 1 of a bar, to an eighth of a character: `███▌······`.
  package static func bar(_ share: Double, width: Int = Self.width) -> String {
    let inside = share.isNaN ? 0 : min(1, max(0, share))
    let eighths = Int((inside * Double(8 * width)).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let drawn = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    return drawn + String(repeating: "·", count: width - drawn.count)
  }
}
