package import Execution
package import Graphs
package import Quantization
import Reconstruction
package import Tensors

/// What a reconstruction's parts cost, and with them what a whole run will.
struct ReconstructionCosts {
  /// With the settings that its method brings along.
  let recipe: QuantizationRecipe
  /// Of all layers.
  let weightCount: Int
  /// Bytes that the process had before.
  let residentBefore: Int
  var units: [UnitCost] = []
  /// Seconds an image: reading it, running the first unit, all units' Fisher weights, activation ranges.
  var reading = 0.0
  var first = 0.0
  var weighting = 0.0
  var calibrating = 0.0
  /// Seconds a weight of the search for ranges.
  var ranging = 0.0
  /// What came to `residentBefore` while images were read.
  var readingBytes = 0

  /// The whole run on `images` images.
  func seconds(images: Int) -> Double {
    let reconstruction = recipe.reconstruction
    let count = Double(images)
    var seconds =
      count * (reading + 2 * first + weighting) + ranging * Double(weightCount)
    for unit in units {
      seconds += 2 * unit.pass.seconds(images: images) + unit.start.seconds(images: images)
      seconds += unit.weights.seconds(steps: reconstruction.weightSteps, images: images)
    }
    guard recipe.activationBits != nil else { return seconds }
    seconds +=
      count * (reading + first) + Double(min(images, recipe.rangeImages)) * (reading + calibrating)
    for unit in units where unit.hasSites {
      seconds += unit.pass.seconds(images: images)
      seconds += unit.activations.seconds(steps: reconstruction.activationSteps, images: images)
    }
    return seconds
  }

  /// The peak of the whole run on `images` images.
  ///
  /// A unit needs its caches and what the probe saw it take; Fisher weights come to the targets. Of caches in
  /// files no more is resident than the images in hand.
  func bytes(images: Int, inFiles: Bool) -> Int {
    let float = MemoryLayout<Float>.size
    let held = inFiles ? min(images, recipe.reconstruction.batch) : images
    func caches(_ unit: UnitCost) -> Int {
      let weights = recipe.reconstruction.loss == .fisher ? unit.outputs : 0
      return inFiles
        ? held * max(unit.inputs, unit.outputs) * float
        : held * (unit.inputs + unit.outputs + weights) * float
    }
    let reading = readingBytes + (units.first.map { 2 * held * $0.inputs * float } ?? 0)
    let most = units.map { caches($0) + $0.bytes }.reduce(reading, max)
    // The rounded network as floats and codes, and the codes that were learned.
    return residentBefore + (float + 2) * weightCount + most
  }
}

/// The costs of one unit.
package struct UnitCost {
  /// Of an image on its way in and out, in floats.
  let inputs: Int
  let outputs: Int
  /// A forward pass over many images.
  let pass: Duration
  /// GPTQ before the steps.
  var start = Duration()
  var weights = Stage()
  var activations = Stage()
  /// Whether the activation stage visits the unit.
  var hasSites = false
  /// The most that the process had resident beside what it had before, but for caches.
  var bytes = 0

  /// Seconds of work on many images: once, and for each.
  package struct Duration {
    package var once = 0.0
    package var perImage = 0.0

    func seconds(images: Int) -> Double { once + Double(images) * perImage }
  }

  /// Seconds of a stage: what a step takes, and all before the first and behind the last together.
  struct Stage {
    var step = 0.0
    var once = 0.0
    /// For each judged image.
    var judging = 0.0

    func seconds(steps: Int, images: Int) -> Double {
      once + Double(steps) * step + Double(min(images, judgedImages)) * judging
    }
  }
}

extension UnitCost.Duration {
  /// GPTQ of `unit`, timed on `inputs` in two halves, since the first also fetches memory.
  package init(
    gptqOf unit: Graph, inputs: ActivationCache, nearest: [QuantizedTensor],
    workers: Workers
  ) {
    self.init()
    let pair = UnitInputs(fullPrecision: inputs, quantized: inputs)
    let gptq = UnitGPTQ(
      pair, imagesAtOnce: (inputs.rowCount + 1) / 2, workers: workers)
    let clock = ContinuousClock()
    var last = clock.now
    // Of the layer at hand: images and seconds.
    var halves: [(images: Double, seconds: Double)] = []
    _ = gptq(unit, nearest: nearest) { phase in
      let seconds = (clock.now - last).seconds
      switch phase {
      case .inputs(let images): halves.append((Double(images), seconds))
      case .rounding:
        let each = halves.map { $0.seconds / $0.images }.min() ?? 0
        perImage += each
        once += halves.reduce(seconds) { $0 + $1.seconds - each * $1.images }
        halves = []
      }
      last = clock.now
    }
  }
}
