import Datasets
import Execution
import Graphs
import Quantization
import Reconstruction
import Tensors

/// A run of the first steps of every unit on a few images, from which a whole run is estimated.
struct ReconstructionProbe {
  /// The measured costs.
  private(set) var costs: ReconstructionCosts

  private let network: Graph
  private let recipe: QuantizationRecipe
  private let context: Context
  private var grids: [Site: UniformAffine] = [:]
  private var known: [String: UnitCost] = [:]

  init(
    _ network: Graph, recipe: QuantizationRecipe, images: CalibrationSet, context: Context
  ) throws {
    self.network = network
    self.recipe = recipe.settled
    self.context = context
    costs = ReconstructionCosts(
      recipe: recipe.settled,
      weightCount: network.layers.reduce(0) { $0 + $1.weight.scalars.count },
      residentBefore: residentBytes())
    let few = images.prefix(recipe.reconstruction.batch)
    var features = try read(few)
    if let bitWidth = recipe.activationBits {
      try calibrate(bitWidth: bitWidth, images: few)
    }
    measureRanging()
    let firstOutputs = features
    for unit in network.units.dropFirst() {
      try measure(network[unit], &features)
    }
    if recipe.reconstruction.loss == .fisher { weigh(firstOutputs) }
  }

  /// Returns the first unit's outputs for `images`.
  private mutating func read(_ images: CalibrationSet) throws -> Tensor {
    // The images are read again, because the first pass also allocates memory and loads files.
    let features = try images.firstOutputs(of: [network], context: context).caches[0]
    let (one, both) = try (
      timed { try images.firstOutputs(of: [network], context: context) }.seconds,
      timed { try images.firstOutputs(of: [network, network], context: context) }.seconds
    )
    let count = Double(features.rowCount)
    costs.first = max(both - one, 0) / count
    costs.reading = max(one / count - costs.first, 0)
    costs.readingBytes = max(residentBytes() - costs.residentBefore, 0)
    return features[rows: 0..<features.rowCount]
  }

  /// Replaces `features` by the outputs of `unit` and measures its steps.
  ///
  /// A unit that equals a measured unit in shapes and operations is not measured again.
  private mutating func measure(_ unit: Graph, _ features: inout Tensor) throws {
    let inputs = features
    guard !unit.layers.isEmpty else {
      features = unit.outputs(inputs, context: context)
      return
    }
    let layers = unit.layers.map { "\($0.weight.shape) \($0.geometry)" }
    let operations = unit.nodes.map { "\($0.operation.name) \($0.inputs)" }
    let signature = "\(inputs.shape) \(layers) \(operations)"
    if let cost = known[signature] {
      features = unit.outputs(inputs, context: context)
      costs.units.append(cost)
      return
    }
    returnFreedMemory()
    let (pass, targets, bytes) = passes(of: unit, inputs)
    features = targets
    let images = inputs.rowCount
    var cost = UnitCost(
      inputs: inputs.scalars.count / images, outputs: targets.scalars.count / images, pass: pass)
    let data = ReconstructionData(inputs: inputs, targets: targets)
    // A pass over a cache copies the images at hand and their outputs, as the probe's tensors do.
    cost.bytes = max(bytes, data.bytes + chunkBytes(of: unit, inputs.imageShape))
    measureStart(of: unit, data, &cost)
    try measureWeightStage(of: unit, data, &cost)
    cost.hasSites = !unit.sites.isEmpty
    if cost.hasSites, recipe.activationBits != nil {
      try measureActivationStage(of: unit, data, &cost)
    }
    known[signature] = cost
    costs.units.append(cost)
  }

  private func passes(
    of unit: Graph, _ inputs: Tensor
  ) -> (UnitCost.Duration, outputs: Tensor, bytes: Int) {
    let (pass, making) = timed {
      UnitPass(unit, inputShape: inputs.imageShape, context: context)
    }
    // The first pass also allocates memory.
    let (outputs, first) = timed { pass(inputs) }
    let bytes = residentBytes() - costs.residentBefore
    let second = timed { pass(inputs) }.seconds
    return (
      UnitCost.Duration(
        once: making + max(first - second, 0),
        perImage: min(first, second) / Double(inputs.rowCount)),
      outputs, bytes
    )
  }

  /// Returns the bytes of the chunks of images that pass through `unit` at the same time.
  private func chunkBytes(of unit: Graph, _ imageShape: Shape) -> Int {
    guard let shapes = try? unit.shapes(for: imageShape) else { return 0 }
    let images = min(imagesPerChunk * context.threads, recipe.reconstruction.batch)
    return images * unit.liveFloats(shapes) * MemoryLayout<Float>.size
  }

  private func measureStart(
    of unit: Graph, _ data: ReconstructionData, _ cost: inout UnitCost
  ) {
    guard recipe.reconstruction.start == .gptq else { return }
    cost.start = UnitCost.Duration(
      gptqOf: unit, inputs: data.inputs, nearest: start(of: unit), context: context)
    // The memory is already freed, so it is not in the measured memory.
    cost.bytes = max(
      cost.bytes, UnitGPTQ.bytes(of: unit, inputShape: data.inputs.imageShape))
  }

  /// Returns any rounding of the unit, because the cost does not depend on the start.
  private func start(of unit: Graph) -> [QuantizedTensor] {
    var quantizer = recipe.weights
    quantizer.range = .minMax
    return unit.layers.map { quantizer.quantize($0.weight, bitWidth: 4, context: context) }
  }

  private func measureWeightStage(
    of unit: Graph, _ data: ReconstructionData, _ cost: inout UnitCost
  ) throws {
    var first = recipe.reconstruction
    first.weightSteps = Self.probedSteps(of: first.weightSteps)
    guard first.weightSteps > 1 else { return }
    let start = start(of: unit)
    var generator = SplitMix64(seed: 0)
    let stage = try timing(images: data.inputs.rowCount, pass: cost.pass.perImage) { tick in
      _ = try reconstructWeights(
        of: unit, from: start, data: data, recipe: first, generator: &generator, context: context,
        progress: tick)
    }
    cost.weights = stage.cost
    cost.bytes = max(cost.bytes, stage.bytes - data.bytes)
  }

  private func measureActivationStage(
    of unit: Graph, _ data: ReconstructionData, _ cost: inout UnitCost
  ) throws {
    var first = recipe.reconstruction
    first.activationSteps = Self.probedSteps(of: first.activationSteps)
    guard first.activationSteps > 1 else { return }
    var generator = SplitMix64(seed: 0)
    let stage = try timing(images: data.inputs.rowCount, pass: nil) { tick in
      _ = try reconstructActivations(
        of: unit, from: grids.filter { unit.sites.contains($0.key) }, data: data,
        recipe: first, generator: &generator, context: context, progress: tick)
    }
    cost.activations = stage.cost
    cost.bytes = max(cost.bytes, stage.bytes - data.bytes)
  }

  /// Returns the number of steps to measure; the first also allocates memory and does not count.
  private static func probedSteps(of steps: Int) -> Int { min(steps, steps >= 100 ? 5 : 3) }

  /// Measures `stage`, which calls its argument after every step and then judges images twice.
  ///
  /// - Parameters:
  ///   - images: The number of images.
  ///   - pass: The seconds to judge an image once, if known. If nil, all time after the last step
  ///     counts as judging.
  /// - Returns: The seconds, and the largest increase of resident bytes.
  private func timing(
    images: Int, pass: Double?, _ stage: ((Int) -> Void) throws -> Void
  ) throws -> (cost: UnitCost.Stage, bytes: Int) {
    let clock = ContinuousClock()
    var ticks = [clock.now]
    var most = 0
    try stage { _ in
      ticks.append(clock.now)
      most = max(most, residentBytes() - costs.residentBefore)
    }
    let tail = (clock.now - ticks[ticks.count - 1]).seconds
    most = max(most, residentBytes() - costs.residentBefore)
    let seconds = zip(ticks, ticks.dropFirst()).map { ($1 - $0).seconds }
    let steps = seconds.dropFirst().sorted()
    let step = steps[(steps.count - 1) / 2]
    let judged = Double(min(images, judgedImages))
    let judging = min(pass.map { 2 * $0 } ?? .infinity, tail / judged)
    return (
      UnitCost.Stage(
        step: step, once: max(seconds[0] - step, 0) + tail - judged * judging, judging: judging),
      most
    )
  }

  /// Measures the search for the ranges of the largest layer's first channels.
  private mutating func measureRanging() {
    guard let layer = network.layers.max(by: { $0.weight.scalars.count < $1.weight.scalars.count })
    else { return }
    let part = layer.weight[rows: 0..<min(32, layer.outputChannels)]
    let seconds = timed {
      recipe.weights.quantize(part, bitWidth: 4, context: context)
    }.seconds
    costs.ranging = seconds / Double(part.scalars.count)
  }

  /// Finds and measures the ranges of activations on a part of the batch.
  private mutating func calibrate(bitWidth: BitWidth, images: CalibrationSet) throws {
    let batch = try images.tensor(first: 16, context: context).images
    let calibration = ActivationCalibration(bitWidth: bitWidth, method: recipe.activationRange)
    let (grids, seconds) = timed {
      calibration.grids(for: network, images: batch, context: context)
    }
    self.grids = grids
    costs.calibrating = seconds / Double(batch.rowCount)
  }

  /// Measures the Fisher weights after the second unit, and estimates those of all units from them.
  private mutating func weigh(_ firstOutputs: Tensor) {
    let passes = costs.units.map(\.pass.perImage)
    let rests = passes.indices.map { passes[($0 + 1)...].reduce(0, +) }
    guard let longest = rests.first, longest > 0 else { return }
    let few = firstOutputs[rows: 0..<min(16, firstOutputs.rowCount)]
    let outputs = network[network.units[1]].outputs(few, context: context)
    let (targets, weights) = (ActivationCache(outputs), ActivationCache(outputs))
    let (_, seconds) = timed {
      findFisherWeights(
        weights, rest: network[units: 2..<network.units.count],
        quantized: { outputs[rows: $0] }, fullPrecision: targets, context: context)
    }
    costs.weighting =
      seconds / Double(few.rowCount) * rests.reduce(0, +) / longest + passes.reduce(0, +)
  }
}

extension ReconstructionData {
  /// The bytes of inputs and targets.
  fileprivate var bytes: Int {
    (inputs.shape.count + targets.shape.count) * MemoryLayout<Float>.size
  }
}
