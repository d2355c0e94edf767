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
  ///   - inputs: the stem's outputs, after pooling, in `network` and in `start`; given away, since their
  ///     memory serves all blocks.
  package func weights(
    from start: QuantizedNetwork, inputs: consuming BlockInputs,
    progress: (ReconstructionEvent) -> Void
  ) -> (network: QuantizedNetwork, reports: [UnitReport]) {
    var inputs = consume inputs
    var remaining = start.weights[...]
    var weights = [remaining.removeFirst()]
    var reports: [UnitReport] = []

    /// Error feedback where the recipe asks for it; reads the unit's inputs in full precision too.
    func feedback(_ unit: some ReconstructionUnit) -> [QuantizedTensor]? {
      guard recipe.start == .cholesky else { return nil }
      return FeedbackRounding(inputs, workers: workers)(
        unit, nearest: Array(remaining.prefix(unit.layers.count)))
    }
    func reconstruct(
      _ unit: some ReconstructionUnit, _ index: Int, feedback: [QuantizedTensor]?, targets: Tensor
    ) {
      let rounding = Array(remaining.prefix(unit.layers.count))
      remaining.removeFirst(unit.layers.count)
      let data = ReconstructionData(
        inputs: inputs.quantized, targets: targets,
        importance: importance(of: unit, index, rounding, inputs: inputs, targets: targets))
      var generator = generator(unit: index, stage: 0)
      let (learned, report) = reconstructWeights(
        of: unit, from: rounding, feedback: feedback, data: data, recipe: recipe,
        generator: &generator, workers: workers
      ) { progress(.step(.weights, unit: unit.name, step: $0, of: recipe.weightSteps)) }
      weights += learned
      reports.append(report)
      progress(.finished(.weights, report))
    }

    for (index, block) in network.blocks.enumerated() {
      let feedback = feedback(block)
      block.advance(&inputs.fullPrecision, workers: workers)
      reconstruct(block, index, feedback: feedback, targets: inputs.fullPrecision)
      let quantized = block.withWeights(
        weights.suffix(block.layers.count).map { $0.dequantized() })
      quantized.advance(&inputs.quantized, workers: workers)
    }
    let head = HeadUnit(network.head)
    inputs = inputs.pooled()
    reconstruct(
      head, network.blocks.count, feedback: feedback(head),
      targets: head.outputs(inputs.fullPrecision, workers: workers))
    return (QuantizedNetwork(network, weights: weights), reports)
  }

  private func importance(
    of unit: some ReconstructionUnit, _ index: Int, _ rounding: [QuantizedTensor],
    inputs: BlockInputs, targets: Tensor
  ) -> Tensor? {
    guard recipe.loss == .fisher, index < network.blocks.count else { return nil }
    let quantized = unit.withWeights(rounding.map { $0.dequantized() })
    return fisherWeights(
      of: network, after: index, quantized: quantized.outputs(inputs.quantized, workers: workers),
      fullPrecision: targets, workers: workers)
  }

  /// Learns the step sizes of every activation grid inside and behind the blocks; the stem's stays.
  /// - Parameters:
  ///   - quantized: the network with its final weights and calibrated activation grids.
  ///   - stemOutputs: the full-precision stem's outputs, after pooling.
  package func activations(
    of quantized: QuantizedNetwork, stemOutputs: Tensor, progress: (ReconstructionEvent) -> Void
  ) -> (network: QuantizedNetwork, reports: [UnitReport]) {
    var inputs = stemOutputs
    var grids = quantized.activationGrids
    var reports: [UnitReport] = []
    for (index, block) in network.blocks.enumerated() {
      let targets = block.outputs(inputs, workers: workers)
      var generator = generator(unit: index, stage: 1)
      let (learned, report) = reconstructActivations(
        of: quantized.network.blocks[index],
        from: grids.filter { block.activationSites.contains($0.key) },
        data: ReconstructionData(inputs: inputs, targets: targets), recipe: recipe,
        generator: &generator, workers: workers
      ) { progress(.step(.activations, unit: block.name, step: $0, of: recipe.activationSteps)) }
      grids.merge(learned) { $1 }
      reports.append(report)
      progress(.finished(.activations, report))
      inputs = targets
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
