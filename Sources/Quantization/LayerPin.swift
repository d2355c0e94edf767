package import Files
package import Graphs

/// A width that a person fixes for all layers, or all sites of activations, whose names fit a pattern, as
/// in `layer4.*=8`.
package struct LayerPin: Codable, Hashable, Sendable {
  /// A name in which * stands for any text and ? for any one character.
  package let pattern: String
  package let bitWidth: BitWidth

  package init(pattern: String, bitWidth: BitWidth) {
    self.pattern = pattern
    self.bitWidth = bitWidth
  }

  /// `nil` unless `text` is a pattern, an equals sign and a width from 2 to 8.
  package init?(_ text: String) {
    guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
      let bitWidth = Int(text[text.index(after: sign)...]).flatMap({ BitWidth($0) })
    else { return nil }
    self.init(pattern: String(text[..<sign]), bitWidth: bitWidth)
  }

  /// Whether the pattern stands for the whole of `name`.
  package func matches(_ name: String) -> Bool {
    Self.matches(Array(name), Array(pattern))
  }

  // The classic two-pointer match: on a mismatch, the last * takes one character more.
  private static func matches(_ name: [Character], _ pattern: [Character]) -> Bool {
    var (position, place) = (0, 0)
    var star: (position: Int, place: Int)?
    while position < name.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (position, place)
        place += 1
      } else if place < pattern.count, ["?", name[position]].contains(pattern[place]) {
        (position, place) = (position + 1, place + 1)
      } else if let last = star {
        star = (last.position + 1, last.place)
        (position, place) = (last.position + 1, last.place + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}

extension BitRules {
  /// The layers whose width is fixed: by these rules, or over them by `pins`, the last that fits.
  ///
  /// Throws `usage` for a pin that fits no layer, naming the names that come nearest.
  package func pinned(
    in network: Graph, pins: [LayerPin]
  ) throws(InputError) -> [String: BitWidth] {
    var pinned = pinned(in: network)
    for pin in pins {
      let names = try pin.matches(
        among: network.layers.map(\.name), "layer", of: network.name)
      for name in names { pinned[name] = pin.bitWidth }
    }
    return pinned
  }

  /// The same for the sites of activations.
  package func pinnedActivations(
    in network: Graph, pins: [LayerPin]
  ) throws(InputError) -> [Site: BitWidth] {
    var pinned = pinnedActivations(in: network)
    for pin in pins {
      let sites = try pin.matches(
        among: network.sites, "site", of: network.name)
      for site in sites { pinned[site] = pin.bitWidth }
    }
    return pinned
  }
}

extension BitRules {
  /// What plans of the activations of `network` may choose from, for images of `inputSize` pixels; throws
  /// `usage` for a pin that fits no site.
  package func activationChoices(
    for network: Graph, inputSize: (height: Int, width: Int), pins: [LayerPin],
    candidates: [BitWidth]
  ) throws(InputError) -> ActivationChoices {
    ActivationChoices(
      sites: network.siteSizes(inputSize: inputSize),
      pinned: try pinnedActivations(in: network, pins: pins), candidates: candidates)
  }
}

extension LayerPin {
  /// Those of `names` that fit; throws `usage` where there are none.
  fileprivate func matches(
    among names: [String], _ kind: String, of architecture: String
  ) throws(InputError) -> [String] {
    let matches = names.filter(matches)
    guard matches.isEmpty else { return matches }
    let nearest = names.enumerated().map { (pattern.distance(to: $1), $0, $1) }
      .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(3).map(\.2)
    throw InputError(
      .usage, "cannot pin \(kind)s", at: "\(pattern)=\(bitWidth)",
      because: "no \(kind) of \(architecture) has such a name",
      try: "the nearest names are \(nearest.joined(separator: ", "))")
  }
}

extension String {
  /// How many insertions, deletions and replacements of a character lead to `other` (Levenshtein).
  fileprivate func distance(to other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (line, character) in enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, counterpart) in other.enumerated() {
        let replaced = diagonal + (character == counterpart ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}
