package import Graphs

/// The bit-width that a plan gives to the activations of one site.
package struct PlannedActivations: Equatable, Sendable {
  package let site: Site
  /// The number of activations of one image.
  package let elementCount: Int
  package var bitWidth: BitWidth

  package init(site: Site, elementCount: Int, bitWidth: BitWidth) {
    precondition(Self.elementRange.contains(elementCount), "\(elementCount) activations")
    self.site = site
    self.elementCount = elementCount
    self.bitWidth = bitWidth
  }

  /// The valid numbers of activations of a site; sums over all sites cannot overflow.
  static let elementRange = 1...1 << 40
}

/// The form in a packed file.
extension PlannedActivations: Codable {
  private enum CodingKeys: String, CodingKey {
    case site
    case elementCount = "elements"
    case bitWidth = "bits"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let count = try container.decode(Int.self, forKey: .elementCount)
    guard Self.elementRange.contains(count) else {
      throw DecodingError.dataCorruptedError(
        forKey: .elementCount, in: container, debugDescription: "\(count) activations")
    }
    self.init(
      site: try container.decode(Site.self, forKey: .site), elementCount: count,
      bitWidth: try container.decode(BitWidth.self, forKey: .bitWidth))
  }
}

/// The widths that the activations of every site may have.
package struct ActivationChoices: Sendable {
  /// The sites in network order.
  package let sites: [SiteSize]
  /// The sites with a fixed width.
  package let pinned: [Site: BitWidth]
  /// The widths that the other sites may have, narrowest first.
  package let candidates: [BitWidth]

  package init(
    sites: [SiteSize], pinned: [Site: BitWidth] = [:],
    candidates: [BitWidth] = BitWidth.all
  ) {
    precondition(!candidates.isEmpty, "no candidates")
    self.sites = sites
    self.pinned = pinned
    self.candidates = Set(candidates).sorted()
  }

  /// Returns the widths that `site` may have, narrowest first; a pinned site has only one.
  package func widths(of site: Site) -> [BitWidth] {
    pinned[site].map { [$0] } ?? candidates
  }
}

extension BitPlan {
  /// The widths of activations by site; empty if they are not planned.
  package var activationBitWidths: [Site: BitWidth] {
    Dictionary(activations.map { ($0.site, $0.bitWidth) }, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the mean bits per activation over the sites that `isCounted` accepts; zero if none
  /// are.
  package func averageActivationBits(
    over isCounted: (Site) -> Bool = { _ in true }
  ) -> Double {
    var (bits, elements) = (0, 0)
    for planned in activations where isCounted(planned.site) {
      bits += planned.elementCount * planned.bitWidth.bits
      elements += planned.elementCount
    }
    return elements == 0 ? 0 : Double(bits) / Double(elements)
  }
}
