package import Graphs

/// The width that a plan gives the activations of one site.
package struct PlannedActivations: Equatable, Sendable {
  package let site: Site
  /// Activations of one image.
  package let elementCount: Int
  package var bitWidth: BitWidth

  package init(site: Site, elementCount: Int, bitWidth: BitWidth) {
    precondition(Self.elementRange.contains(elementCount), "\(elementCount) activations")
    self.site = site
    self.elementCount = elementCount
    self.bitWidth = bitWidth
  }

  /// The numbers of activations that a site may have; sums over all sites stay far from overflowing.
  static let elementRange = 1...1 << 40
}

/// As in a packed file.
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

/// Which widths the activations of every site may get.
package struct ActivationChoices: Sendable {
  /// In network order.
  package let sites: [SiteSize]
  /// Sites whose width is fixed.
  package let pinned: [Site: BitWidth]
  /// The widths that the others may have, narrowest first.
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

  /// The widths that `site` may have, narrowest first; only one where it is pinned.
  package func widths(of site: Site) -> [BitWidth] {
    pinned[site].map { [$0] } ?? candidates
  }
}

extension BitPlan {
  /// The widths of activations by site; empty where the plan says nothing of them.
  package var activationBitWidths: [Site: BitWidth] {
    Dictionary(activations.map { ($0.site, $0.bitWidth) }, uniquingKeysWith: { first, _ in first })
  }

  /// Mean bits an activation over the sites that `isCounted` picks; zero if there are none.
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
