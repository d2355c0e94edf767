package import Files
package import Graphs

/// A width fixed by the user for all layers, or all sites, whose names match a pattern.
///
/// Its text form is `layer4.*=8`.
package struct LayerPin: Codable, Hashable, Sendable {
  /// A pattern in which * matches any text and ? matches any one character.
  package let pattern: String
  package let bitWidth: BitWidth

  package init(pattern: String, bitWidth: BitWidth) {
    self.pattern = pattern
    self.bitWidth = bitWidth
  }

  /// Reads a pattern, an equals sign and a width from 2 to 8; `nil` if `text` has another form.
  package init?(_ text: String) {
    guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
      let bitWidth = Int(text[text.index(after: sign)...]).flatMap({ BitWidth($0) })
    else { return nil }
    self.init(pattern: String(text[..<sign]), bitWidth: bitWidth)
  }

  /// Returns true if the pattern matches the whole of `name`.
  package func matches(_ name: String) -> Bool {
    Self.matches(Array(name), Array(pattern))
  }

  // On a mismatch, the last * takes one more character.
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
  /// Returns the layers whose width is fixed by these rules or by `pins`.
  ///
  /// Pins override the rules, and later pins override earlier ones.
  ///
  /// - Throws: `usage` if a pin matches no layer; the error names the most similar names.
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

  /// Returns the fixed widths for a plan; throws `usage` also if pins leave no layer to plan.
  package func pinnedInPlan(
    of network: Graph, pins: [LayerPin]
  ) throws(InputError) -> [String: BitWidth] {
    let pinned = try pinned(in: network, pins: pins)
    guard pins.isEmpty || pinned.count < network.layers.count else {
      throw InputError(
        .impossiblePlan, "cannot plan bit-widths", at: "--pin",
        because: "the pins and rules fix all \(pinned.count) layers, so nothing is left to plan",
        try: "leave out a pin, or give one width with --weight-bits")
    }
    return pinned
  }

  /// Returns the sites whose width is fixed by these rules or by `pins`.
  ///
  /// Pins override the rules, and later pins override earlier ones.
  ///
  /// - Throws: `usage` if a pin matches no site; the error names the most similar names.
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
  /// Returns the widths that a plan for the activations of `network` may choose from.
  ///
  /// - Throws: `usage` if a pin matches no site.
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
  /// Returns the `names` that match; throws `usage` if there are none.
  fileprivate func matches(
    among names: [String], _ kind: String, of architecture: String
  ) throws(InputError) -> [String] {
    let matches = names.filter(matches)
    guard matches.isEmpty else { return matches }
    let nearest = names.enumerated().map { (pattern.distance(to: $1), $0, $1) }
      .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(3).map(\.2)
    throw InputError(
      .noSuchLayer, "cannot pin \(kind)s", at: "\(pattern)=\(bitWidth)",
      because: "no \(kind) of \(architecture) has a name that matches",
      try: "choose from the most similar names: \(nearest.joined(separator: ", "))")
  }
}

extension String {
  /// Returns the Levenshtein distance to `other`.
  ///
  /// It is the number of insertions, deletions and replacements of characters between the two.
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
