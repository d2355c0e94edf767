import Datasets
import Networks
import Quantization
import Reconstruction
import Tensors

/// What a reconstruction will take, told before it starts.
package struct RunEstimate: Codable, Equatable, Sendable {
  package let seconds: Double
  /// The process's peak resident memory.
  package let bytes: Int
  /// What it took to find out.
  package let probeSeconds: Double
}

extension Quantizer {
  /// Time and memory that `recipe` will take on these images; none where it reconstructs nothing.
  ///
  /// Found by a probe: one batch of images is read and carried through all units, and every unit that
  /// differs from those before it makes its first steps. That is under 3 % of a run of 100 steps or more.
  /// Throws where the images cannot be read.
  package func estimate() throws -> RunEstimate? {
    guard recipe.method != .nearest, let images else { return nil }
    let (probe, seconds) = try timed {
      try ReconstructionProbe(network, recipe: recipe, images: images, workers: workers)
    }
    let count = images.images.items.count
    return RunEstimate(
      seconds: probe.seconds(images: count),
      bytes: peakResidentBytes() + probe.cacheBytes(images: count), probeSeconds: seconds)
  }
}

/// What one block, or the head, costs.
private struct UnitCost {
  /// A step, and the judging of what was learned for each judged image, in seconds.
  struct Stage {
    var step = 0.0
    var judging = 0.0

    func seconds(steps: Int, images: Int) -> Double {
      Double(steps) * step + Double(min(images, judgedImages)) * judging
    }
  }

  /// Floats an image takes on its way in and out.
  let inputs: Int
  let outputs: Int
  /// One forward pass of an image.
  let pass: Double
  let weights: Stage
  let activations: Stage
  let start: Start

  /// Error feedback before the steps: what it took on few images, scaled to `images`.
  struct Start {
    var seconds = 0.0
    var operations: (_ images: Int) -> Double = { _ in 1 }
    var images = 1

    func seconds(images: Int) -> Double {
      seconds * operations(images) / operations(self.images)
    }
  }
}

/// First steps of every unit on a few images, and what they say of all steps on all images.
private struct ReconstructionProbe {
  private let recipe: QuantizationRecipe
  private let workers: Workers
  private let weightCount: Int
  private var units: [UnitCost] = []
  // Seconds an image: reading it and running both stems; all units' Fisher weights; activation ranges.
  private var reading = 0.0
  private var weighting = 0.0
  private var calibrating = 0.0
  // Of the search for weights' ranges: what took how long.
  private var rangedWeights = 0
  private var ranging = 0.0
  private var grids: [ActivationSite: UniformAffine] = [:]
  private var known: [String: Costs] = [:]

  private typealias Costs = (
    start: UnitCost.Start, weights: UnitCost.Stage, activations: UnitCost.Stage
  )

  init(
    _ network: ResNet, recipe: QuantizationRecipe, images: CalibrationSet, workers: Workers
  ) throws {
    self.recipe = recipe.settled
    self.workers = workers
    weightCount = network.layers.reduce(0) { $0 + $1.weight.scalars.count }
    let few = images.prefix(recipe.reconstruction.batch)
    let (read, seconds) = try timed {
      try few.blockInputs(
        fullPrecision: network.stem, quantized: network.stem, workers: workers
      ) { _ in }
    }
    var features = read.inputs.fullPrecision
    reading = seconds / Double(features.rowCount)
    if let bitWidth = recipe.activationBits {
      try calibrate(network, bitWidth: bitWidth, images: few)
    }
    for block in network.blocks { measure(block, activationsOf: block, &features) }
    if recipe.reconstruction.loss == .fisher { weigh(network, stemOutputs: read.inputs) }
    var pooled = features.meanPooled()
    measure(HeadUnit(network.head), activationsOf: nil, &pooled)
  }

  /// Takes `features` through `unit`, and times its steps unless a unit like it has been timed.
  /// - Parameter block: the unit, if it has an activation stage.
  private mutating func measure(
    _ unit: some ReconstructionUnit, activationsOf block: ResidualBlock?, _ features: inout Tensor
  ) {
    let inputs = features
    let (targets, first) = timed { unit.outputs(inputs, workers: workers) }
    // Again, for the first pass is also the one that fetches memory.
    let seconds = min(first, timed { unit.outputs(inputs, workers: workers) }.seconds)
    features = targets
    let layers = unit.layers.map { "\($0.weight.shape) \($0.geometry)" }
    let signature = "\(inputs.shape) \(targets.shape) \(layers)"
    let costs =
      known[signature]
      ?? (
        start: start(of: unit, inputs: inputs),
        weights: weightStage(of: unit, inputs: inputs, targets: targets),
        activations: block.map { activationStage(of: $0, inputs: inputs, targets: targets) }
          ?? UnitCost.Stage()
      )
    known[signature] = costs
    let images = inputs.rowCount
    units.append(
      UnitCost(
        inputs: inputs.scalars.count / images, outputs: targets.scalars.count / images,
        pass: seconds / Double(images), weights: costs.weights, activations: costs.activations,
        start: costs.start))
  }

  private func start(of unit: some ReconstructionUnit, inputs: Tensor) -> UnitCost.Start {
    guard recipe.reconstruction.start == .cholesky else { return UnitCost.Start() }
    let nearest = unit.layers.map {
      WeightQuantizer(granularity: .perChannel, symmetry: .asymmetric, range: .minMax)
        .quantize($0.weight, bitWidth: 4, workers: workers)
    }
    let pair = BlockInputs(fullPrecision: inputs, quantized: inputs)
    let seconds = timed { FeedbackRounding(pair, workers: workers)(unit, nearest: nearest) }.seconds
    let shape = Shape(Array(inputs.shape.dimensions.dropFirst()))
    return UnitCost.Start(
      seconds: seconds,
      operations: { FeedbackRounding.operations(of: unit, images: $0, shape: shape) },
      images: inputs.rowCount)
  }

  private mutating func weightStage(
    of unit: some ReconstructionUnit, inputs: Tensor, targets: Tensor
  ) -> UnitCost.Stage {
    let (start, seconds) = timed {
      unit.layers.map { recipe.weights.quantize($0.weight, bitWidth: 4, workers: workers) }
    }
    ranging += seconds
    rangedWeights += unit.layers.reduce(0) { $0 + $1.weight.scalars.count }
    var first = recipe.reconstruction
    first.weightSteps = Self.probedSteps(of: first.weightSteps)
    guard first.weightSteps > 1 else { return UnitCost.Stage() }
    var generator = SplitMix64(seed: 0)
    return Self.timing(images: inputs.rowCount) { tick in
      _ = reconstructWeights(
        of: unit, from: start, data: ReconstructionData(inputs: inputs, targets: targets),
        recipe: first, generator: &generator, workers: workers, progress: tick)
    }
  }

  private func activationStage(
    of block: ResidualBlock, inputs: Tensor, targets: Tensor
  ) -> UnitCost.Stage {
    var first = recipe.reconstruction
    first.activationSteps = Self.probedSteps(of: first.activationSteps)
    guard recipe.activationBits != nil, first.activationSteps > 1 else { return UnitCost.Stage() }
    var generator = SplitMix64(seed: 0)
    return Self.timing(images: inputs.rowCount) { tick in
      _ = reconstructActivations(
        of: block, from: grids.filter { block.activationSites.contains($0.key) },
        data: ReconstructionData(inputs: inputs, targets: targets), recipe: first,
        generator: &generator, workers: workers, progress: tick)
    }
  }

  /// The first step of all is the one that fetches memory, and is not counted.
  private static func probedSteps(of steps: Int) -> Int { min(steps, steps >= 100 ? 5 : 3) }

  /// Times `stage`, which calls its argument after every step and then judges `images` images.
  private static func timing(
    images: Int, _ stage: ((Int) -> Void) -> Void
  ) -> UnitCost.Stage {
    let clock = ContinuousClock()
    var ticks: [ContinuousClock.Instant] = []
    stage { _ in ticks.append(clock.now) }
    let last = ticks[ticks.count - 1]
    let steps = zip(ticks, ticks.dropFirst()).map { ($1 - $0).seconds }.sorted()
    return UnitCost.Stage(
      step: steps[(steps.count - 1) / 2],
      judging: (clock.now - last).seconds / Double(min(images, judgedImages)))
  }

  /// Finds the activations' ranges on a part of the batch.
  private mutating func calibrate(
    _ network: ResNet, bitWidth: BitWidth, images: CalibrationSet
  ) throws {
    let batch = try images.tensor(first: 16, workers: workers).images
    let calibration = ActivationCalibration(bitWidth: bitWidth, method: recipe.activationRange)
    let (grids, seconds) = timed {
      calibration.grids(for: network, images: batch, workers: workers)
    }
    self.grids = grids
    calibrating = seconds / Double(batch.rowCount)
  }

  /// Times the Fisher weights behind the first block; behind the others the rest of the network is shorter.
  private mutating func weigh(_ network: ResNet, stemOutputs: BlockInputs) {
    let passes = units.map(\.pass)
    let rests = passes.indices.map { passes[($0 + 1)...].reduce(0, +) }
    guard let longest = rests.first, longest > 0 else { return }
    let few = stemOutputs.fullPrecision[rows: 0..<min(16, stemOutputs.fullPrecision.rowCount)]
    let outputs = network.blocks[0].outputs(few, workers: workers)
    let (_, seconds) = timed {
      fisherWeights(
        of: network, after: 0, quantized: outputs, fullPrecision: outputs, workers: workers)
    }
    weighting =
      seconds / Double(few.rowCount) * rests.reduce(0, +) / longest + passes.reduce(0, +)
  }

  /// The whole run on `images` images.
  func seconds(images: Int) -> Double {
    let reconstruction = recipe.reconstruction
    let count = Double(images)
    var seconds = count * (reading + weighting)
    if rangedWeights > 0 { seconds += ranging * Double(weightCount) / Double(rangedWeights) }
    for unit in units {
      seconds += 2 * count * unit.pass
      seconds += unit.start.seconds(images: images)
      seconds += unit.weights.seconds(steps: reconstruction.weightSteps, images: images)
    }
    guard recipe.activationBits != nil else { return seconds }
    seconds += count * reading + Double(min(images, recipe.rangeImages)) * calibrating
    for unit in units {
      seconds += count * unit.pass
      seconds += unit.activations.seconds(steps: reconstruction.activationSteps, images: images)
    }
    return seconds
  }

  /// The most that caches of `images` images take at a time; a batch and its buffers are not in it.
  ///
  /// Full-precision and quantized activations go through a unit one after the other, in place where
  /// their shape stays. Fisher weights and their parts come to the targets and the quantized outputs.
  func cacheBytes(images: Int) -> Int {
    let floats =
      units.map { unit in
        let advance = unit.inputs == unit.outputs ? 0 : max(unit.inputs, unit.outputs)
        let weights = recipe.reconstruction.loss == .fisher ? 3 * unit.outputs : 0
        return unit.inputs + unit.outputs + max(advance, weights)
      }.max() ?? 0
    return floats * images * MemoryLayout<Float>.size
  }
}
