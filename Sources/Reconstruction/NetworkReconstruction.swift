package import Execution
package import Networks
package import Quantization
package import Tensors

/// What a reconstruction tells while it works.
package enum ReconstructionEvent: Sendable {
  package enum Stage: String, Sendable { case weights, activations }
  /// One more step of a unit is done.
  case step(Stage, unit: String, step: Int, of: Int)
  case finished(Stage, UnitReport)
}

/// BRECQ: reconstructs the network unit by unit, each on inputs from its quantized predecessors and
/// towards full-precision outputs.
package struct NetworkReconstruction: Sendable {
  /// The full-precision network, folded.
  let network: ResNet
  let recipe: ReconstructionRecipe
  let seed: UInt64
  let workers: Workers

  package init(of network: ResNet, recipe: ReconstructionRecipe, seed: UInt64, workers: Workers) {
    self.network = network
    self.recipe = recipe
    self.seed = seed
    self.workers = workers
  }

  /// Learns the rounding of every layer but the stem's, which stays as it starts.
  /// - Parameters:
  ///   - start: the network with every weight rounded to nearest.
  ///   - inputs: the stem's outputs, after pooling, in `network` and in `start`; their memory serves all
  ///     units, and in the end has the head's.
  package func weights(
    from start: QuantizedNetwork, inputs: BlockInputs, progress: (ReconstructionEvent) -> Void
  ) -> (network: QuantizedNetwork, reports: [UnitReport]) {
    var remaining = start.weights[...]
    var weights = [remaining.removeFirst()]
    var reports: [UnitReport] = []

    /// Learns the weights of `unit`, and advances the full-precision inputs over it.
    func reconstruct(_ unit: some ReconstructionUnit, _ index: Int) {
      let rounding = Array(remaining.prefix(unit.layers.count))
      remaining.removeFirst(unit.layers.count)
      // Reads the unit's inputs in full precision too, so before they are overwritten.
      let feedback =
        recipe.start == .cholesky
        ? FeedbackRounding(inputs, workers: workers)(unit, nearest: rounding) : nil
      unit.advance(inputs.fullPrecision, workers: workers)
      let data = ReconstructionData(
        inputs: inputs.quantized, targets: inputs.fullPrecision,
        importance: importance(of: unit, index, rounding, inputs: inputs))
      var generator = generator(unit: index, stage: 0)
      let (learned, report) = reconstructWeights(
        of: unit, from: rounding, feedback: feedback, data: data, recipe: recipe,
        generator: &generator, workers: workers
      ) { progress(.step(.weights, unit: unit.name, step: $0, of: recipe.weightSteps)) }
      returnFreedMemory()
      weights += learned
      reports.append(report)
      progress(.finished(.weights, report))
    }

    for (index, block) in network.blocks.enumerated() {
      reconstruct(block, index)
      block.withWeights(weights.suffix(block.layers.count).map { $0.dequantized() })
        .advance(inputs.quantized, workers: workers)
    }
    inputs.pool()
    reconstruct(HeadUnit(network.head), network.blocks.count)
    return (QuantizedNetwork(network, weights: weights), reports)
  }

  /// The Fisher weights of the output of `unit`, whose targets `inputs` has already.
  private func importance(
    of unit: some ReconstructionUnit, _ index: Int, _ rounding: [QuantizedTensor],
    inputs: BlockInputs
  ) -> ActivationCache? {
    guard let importance = inputs.importance, index < network.blocks.count else { return nil }
    let pass = UnitPass(
      unit.withWeights(rounding.map { $0.dequantized() }),
      inputShape: inputs.quantized.imageShape, workers: workers)
    findFisherWeights(
      importance, of: network, after: index, quantized: { pass(inputs.quantized[rows: $0]) },
      fullPrecision: inputs.fullPrecision, workers: workers)
    return importance
  }

  /// Learns the step sizes of every activation grid inside and behind the blocks; the stem's stays.
  /// - Parameters:
  ///   - quantized: the network with its final weights and calibrated activation grids.
  ///   - stemOutputs: the full-precision stem's outputs, after pooling; overwritten.
  ///   - spare: as large; each of both takes every other block's outputs.
  package func activations(
    of quantized: QuantizedNetwork, stemOutputs: ActivationCache, spare: ActivationCache,
    progress: (ReconstructionEvent) -> Void
  ) -> (network: QuantizedNetwork, reports: [UnitReport]) {
    var (inputs, targets) = (stemOutputs, spare)
    var grids = quantized.activationGrids
    var reports: [UnitReport] = []
    for (index, block) in network.blocks.enumerated() {
      block.fill(targets, from: inputs, workers: workers)
      var generator = generator(unit: index, stage: 1)
      let (learned, report) = reconstructActivations(
        of: quantized.network.blocks[index],
        from: grids.filter { block.activationSites.contains($0.key) },
        data: ReconstructionData(inputs: inputs, targets: targets), recipe: recipe,
        generator: &generator, workers: workers
      ) { progress(.step(.activations, unit: block.name, step: $0, of: recipe.activationSteps)) }
      returnFreedMemory()
      grids.merge(learned) { $1 }
      reports.append(report)
      progress(.finished(.activations, report))
      swap(&inputs, &targets)
    }
    var learned = quantized
    learned.activationGrids = grids
    return (learned, reports)
  }

  /// Each unit draws its batches from a generator of its own, so that a unit's result does not depend on
  /// how many numbers the units before it drew.
  private func generator(unit: Int, stage: UInt64) -> SplitMix64 {
    var mixer = SplitMix64(seed: seed &* 2 &+ stage)
    for _ in 0..<unit { _ = mixer.next() }
    return SplitMix64(seed: mixer.next())
  }
}
