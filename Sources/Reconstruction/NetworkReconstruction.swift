package import Execution
package import Graphs
package import Quantization
package import Tensors

/// A progress report of a reconstruction.
package enum ReconstructionEvent: Sendable {
  package enum Stage: String, Sendable { case weights, activations }
  /// A step of a unit is finished.
  case step(Stage, unit: String, step: Int, of: Int)
  /// A unit is finished.
  case finished(Stage, UnitReport)
}

/// The reconstruction of a network, unit by unit (BRECQ; Li et al., ICLR 2021).
///
/// The inputs of each unit come from its quantized predecessors. Its targets are the full-precision
/// outputs.
package struct NetworkReconstruction: Sendable {
  /// The full-precision network, folded.
  let network: Graph
  let recipe: ReconstructionRecipe
  let seed: UInt64
  let context: Context

  package init(of network: Graph, recipe: ReconstructionRecipe, seed: UInt64, context: Context) {
    self.network = network
    self.recipe = recipe
    self.seed = seed
    self.context = context
  }

  /// Returns the network with rounded weights; the weights of the first unit are those of `start`.
  ///
  /// - Parameters:
  ///   - start: The network with every weight rounded to nearest.
  ///   - inputs: The first unit's outputs in `network` and in `start`; their memory serves all units.
  ///   - resuming: The units that an earlier run finished; they are not learned again.
  ///   - save: Saves the state after every unit.
  /// - Throws: The errors of `save` and `progress`.
  package func weights(
    from start: QuantizedNetwork, inputs: UnitInputs,
    resuming: ReconstructionState = ReconstructionState(),
    save: (ReconstructionState) throws -> Void = { _ in },
    progress: (ReconstructionEvent) throws -> Void
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    var weights = start.weights
    var state = resuming
    var number = 0
    for (place, range) in network.layersOfUnits.enumerated().dropFirst() {
      let unit = network[network.units[place]]
      guard !range.isEmpty else {
        for cache in [inputs.fullPrecision, inputs.quantized] {
          unit.advance(cache, context: context)
        }
        continue
      }
      if number < state.weights.count {
        unit.advance(inputs.fullPrecision, context: context)
      } else {
        state.finish(
          try reconstruct(
            unit, place, number: number, from: Array(start.weights[range]), inputs: inputs,
            progress: progress))
        try save(state)
      }
      let finished = state.weights[number]
      weights.replaceSubrange(range, with: finished.weights)
      try progress(.finished(.weights, finished.report))
      number += 1
      if place < network.units.count - 1 {
        unit.withWeights(finished.weights.map { $0.dequantized() })
          .advance(inputs.quantized, context: context)
      }
    }
    return (QuantizedNetwork(network, weights: weights), state.weights.map(\.report))
  }

  /// Learns the weights of one unit and replaces the full-precision inputs by the unit's outputs.
  ///
  /// - Parameters:
  ///   - place: The unit's index among all units.
  ///   - number: Its index among the units that are reconstructed.
  private func reconstruct(
    _ unit: Graph, _ place: Int, number: Int, from nearest: [QuantizedTensor],
    inputs: UnitInputs, progress: (ReconstructionEvent) throws -> Void
  ) throws -> ReconstructionState.FinishedUnit {
    // GPTQ reads the full-precision inputs, so it runs before they are overwritten.
    let start =
      recipe.start == .gptq ? UnitGPTQ(inputs, context: context)(unit, nearest: nearest) : nil
    unit.advance(inputs.fullPrecision, context: context)
    let data = ReconstructionData(
      inputs: inputs.quantized, targets: inputs.fullPrecision,
      importance: importance(of: unit, place, nearest, inputs: inputs))
    var generator = generator(unit: number, stage: 0)
    defer { returnFreedMemory() }
    let (weights, report) = try reconstructWeights(
      of: unit, from: nearest, start: start, data: data, recipe: recipe, generator: &generator,
      context: context
    ) { try progress(.step(.weights, unit: unit.unitName, step: $0, of: recipe.weightSteps)) }
    return .init(weights: weights, report: report)
  }

  /// Returns the Fisher weights of the output of `unit`; nil for the last unit or another loss.
  ///
  /// The full-precision part of `inputs` must already hold the unit's targets.
  private func importance(
    of unit: Graph, _ place: Int, _ nearest: [QuantizedTensor], inputs: UnitInputs
  ) -> ActivationCache? {
    guard let importance = inputs.importance, place < network.units.count - 1 else { return nil }
    let pass = UnitPass(
      unit.withWeights(nearest.map { $0.dequantized() }),
      inputShape: inputs.quantized.imageShape, context: context)
    findFisherWeights(
      importance, rest: network[units: place + 1..<network.units.count],
      quantized: { pass(inputs.quantized[rows: $0]) }, fullPrecision: inputs.fullPrecision,
      context: context)
    return importance
  }

  /// Returns the network with learned step sizes of all activation grids after the first unit.
  ///
  /// - Parameters:
  ///   - quantized: The network with its final weights and calibrated activation grids.
  ///   - inputs: The first unit's full-precision outputs; they are overwritten.
  ///   - spare: A second cache of the same size; units read one cache and write the other in turn.
  ///   - resuming: The units that an earlier run finished; they are not learned again.
  ///   - save: Saves the state after every unit.
  /// - Throws: The errors of `save` and `progress`.
  package func activations(
    of quantized: QuantizedNetwork, inputs: ActivationCache, spare: ActivationCache,
    resuming: ReconstructionState = ReconstructionState(),
    save: (ReconstructionState) throws -> Void = { _ in },
    progress: (ReconstructionEvent) throws -> Void
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    var (inputs, targets) = (inputs, spare)
    var grids = quantized.activationGrids
    var state = resuming
    var number = 0
    let last = network.siteNodes.last ?? 0
    for unit in network.units.dropFirst() where unit.nodes.lowerBound <= last {
      let part = network[unit]
      part.fill(targets, from: inputs, context: context)
      defer { swap(&inputs, &targets) }
      guard !part.sites.isEmpty else { continue }
      if number == state.activations.count {
        state.finish(
          try learnActivations(
            of: quantized.network[unit], number: number,
            from: grids.filter { part.sites.contains($0.key) },
            data: ReconstructionData(inputs: inputs, targets: targets), progress: progress))
        try save(state)
      }
      grids.merge(state.activations[number].grids) { $1 }
      try progress(.finished(.activations, state.activations[number].report))
      number += 1
    }
    var learned = quantized
    learned.activationGrids = grids
    return (learned, state.activations.map(\.report))
  }

  private func learnActivations(
    of unit: Graph, number: Int, from grids: [Site: UniformAffine], data: ReconstructionData,
    progress: (ReconstructionEvent) throws -> Void
  ) throws -> ReconstructionState.FinishedActivations {
    var generator = generator(unit: number, stage: 1)
    defer { returnFreedMemory() }
    let (learned, report) = try reconstructActivations(
      of: unit, from: grids, data: data, recipe: recipe, generator: &generator, context: context
    ) {
      try progress(.step(.activations, unit: unit.unitName, step: $0, of: recipe.activationSteps))
    }
    return .init(grids: learned, report: report)
  }

  /// Returns the generator that draws the batches of one unit.
  ///
  /// Each unit has its own generator, so its result does not depend on the numbers that earlier units drew.
  private func generator(unit: Int, stage: UInt64) -> SplitMix64 {
    var mixer = SplitMix64(seed: seed &* 2 &+ stage)
    for _ in 0..<unit { _ = mixer.next() }
    return SplitMix64(seed: mixer.next())
  }
}
