internal import Allocation
public import Foundation
internal import Execution
package import Quantization

/// The bit-width of each layer's weights.
public struct Plan: Sendable, Equatable {
  package let bits: BitPlan

  package init(_ bits: BitPlan) { self.bits = bits }

  /// Returns the plan with one width for all layers except the first and the last, which get 8 bits.
  ///
  /// - Parameter width: The number of bits, from 2 to 8.
  /// - Throws: `MixQuantError` if the width is not from 2 to 8.
  public static func uniform(
    _ width: Int, for model: FullPrecisionModel
  ) throws(MixQuantError) -> Plan {
    try MixQuantError.wrapping {
      Plan(
        .uniform(
          try BitWidth.validated(width), network: model.model.network, rules: BitRules()))
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
    try MixQuantError.wrapping {
      let planner = Planner(model.model, context: Context(threads: max(1, threads)))
      return Plan(try planner(.mixQuant, budget: .averageBits(averageBits)))
    }
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
