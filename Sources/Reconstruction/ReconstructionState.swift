package import Quantization

/// The results of all units that a reconstruction has finished.
///
/// A later run of the same job can resume from it.
package struct ReconstructionState: Sendable, Equatable {
  /// The codes of a unit's layers, in the order of its nodes, and the unit's report.
  package struct FinishedUnit: Sendable, Equatable {
    package let weights: [QuantizedTensor]
    package let report: UnitReport

    package init(weights: [QuantizedTensor], report: UnitReport) {
      self.weights = weights
      self.report = report
    }
  }

  /// The units whose weights are rounded, in network order.
  package private(set) var weights: [FinishedUnit]
  /// The grids and reports of the units whose activation steps are learned, in network order.
  package private(set) var activations: [FinishedActivations]

  /// The activation grids of a unit by site, and the unit's report.
  package struct FinishedActivations: Sendable, Equatable, Codable {
    package let grids: [String: UniformAffine]
    package let report: UnitReport

    package init(grids: [String: UniformAffine], report: UnitReport) {
      self.grids = grids
      self.report = report
    }
  }

  /// Creates the state in which no unit is finished.
  package init() {
    weights = []
    activations = []
  }

  package init(weights: [FinishedUnit], activations: [FinishedActivations]) {
    self.weights = weights
    self.activations = activations
  }

  /// Adds the next unit's weights.
  package mutating func finish(_ unit: FinishedUnit) { weights.append(unit) }

  /// Adds the next unit's activation grids.
  package mutating func finish(_ unit: FinishedActivations) { activations.append(unit) }
}
