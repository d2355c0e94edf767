public import Foundation
package import Quantization

/// The bit-width of each layer's weights.
///
/// ```swift
/// let plan = try Plan.allocated(
///   by: .mixQuant, within: .averageBits(3), for: model, pins: ["layer4.*": 4])
/// ```
public struct Plan: Sendable, Equatable {
  package let bits: BitPlan

  package init(_ bits: BitPlan) { self.bits = bits }

  /// Returns the plan with one width for all layers except the first and the last.
  ///
  /// - Parameters:
  ///   - width: The number of bits, from 2 to 8.
  ///   - firstBits: The number of bits of the first layer, from 2 to 8.
  ///   - lastBits: The number of bits of the last layer, from 2 to 8.
  /// - Throws: `MixQuantError` if a width is not from 2 to 8.
  public static func uniform(
    _ width: Int, for model: FullPrecisionModel, firstBits: Int = 8, lastBits: Int = 8
  ) throws(MixQuantError) -> Plan {
    try MixQuantError.wrapping {
      Plan(
        .uniform(
          try BitWidth.validated(width), network: model.model.network,
          rules: try BitRules(first: firstBits, last: lastBits)))
    }
  }

  /// Returns MixQuant's plan (Kloberdanz and Le, arXiv 2309.17341) for a mean bit-width.
  ///
  /// - Parameter averageBits: The mean number of bits per weight, from 2 to 8, over all layers except
  ///   the first and the last.
  /// - Throws: `MixQuantError` if no plan meets the average.
  public static func mixQuant(
    averageBits: Double, for model: FullPrecisionModel, threads: Int = Threads.all
  ) throws(MixQuantError) -> Plan {
    try allocated(by: .mixQuant, within: .averageBits(averageBits), for: model, threads: threads)
  }

  /// Reads a plan that `mixq plan` wrote.
  ///
  /// - Throws: `MixQuantError` if it is not a plan for `model`.
  public init(json: Data, for model: FullPrecisionModel) throws(MixQuantError) {
    bits = try MixQuantError.wrapping {
      try BitPlan(json: json, network: model.model.network, at: "the plan")
    }
  }

  /// The width of each layer by its name.
  public var widths: [String: Int] {
    Dictionary(
      zip(bits.layers.map(\.name), bits.bitWidths.map(\.bits)), uniquingKeysWith: { $1 })
  }

  /// The mean number of bits per weight over all layers.
  public var averageBits: Double { bits.averageBits() }
}
