package import Execution
package import Graphs
package import Quantization
import Reconstruction
package import Tensors

/// The costs of the parts of a reconstruction, and from them the cost of a whole run.
struct ReconstructionCosts {
  /// The recipe with the reconstruction of its method.
  let recipe: QuantizationRecipe
  /// The number of weights of all layers.
  let weightCount: Int
  /// The resident bytes of the process before the probe.
  let residentBefore: Int
  var units: [UnitCost] = []
  /// The seconds per image to read it.
  var reading = 0.0
  /// The seconds per image of the first unit.
  var first = 0.0
  /// The seconds per image of the Fisher weights of all units.
  var weighting = 0.0
  /// The seconds per image of finding activation ranges.
  var calibrating = 0.0
  /// The seconds per weight of finding weight ranges.
  var ranging = 0.0
  /// The increase of resident bytes while images were read.
  var readingBytes = 0

  /// Returns the seconds of the whole run on `images` images.
  func seconds(images: Int) -> Double {
    let reconstruction = recipe.reconstruction
    let count = Double(images)
    var seconds =
      count * (reading + 2 * first + weighting) + ranging * Double(weightCount)
    for unit in units {
      seconds += 2 * unit.pass.seconds(images: images) + unit.start.seconds(images: images)
      seconds += unit.weights.seconds(steps: reconstruction.weightSteps, images: images)
    }
    return seconds + activationSeconds(images: images)
  }

  /// Returns the seconds of the activations' part of a run on `images` images.
  func activationSeconds(images: Int) -> Double {
    guard recipe.activationBits != nil else { return 0 }
    var seconds =
      Double(images) * (reading + first)
      + Double(min(images, recipe.rangeImages)) * (reading + calibrating)
    for unit in units where unit.hasSites {
      seconds += unit.pass.seconds(images: images)
      seconds += unit.activations.seconds(
        steps: recipe.reconstruction.activationSteps, images: images)
    }
    return seconds
  }

  /// Returns the peak of resident bytes of the whole run on `images` images.
  ///
  /// A unit needs its caches and the memory that the probe measured. Fisher weights need as much as
  /// the targets. Of caches in files, only the images of a batch are resident.
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
    // The rounded network has floats and codes; the learned codes are added.
    return residentBefore + (float + 2) * weightCount + most
  }
}

/// The costs of one unit.
package struct UnitCost {
  /// The number of floats of one image's input.
  let inputs: Int
  /// The number of floats of one image's output.
  let outputs: Int
  /// The time of a forward pass over many images.
  let pass: Duration
  /// The time of GPTQ before the steps.
  var start = Duration()
  var weights = Stage()
  var activations = Stage()
  /// True if the unit has activations to learn.
  var hasSites = false
  /// The largest increase of resident bytes, without caches.
  var bytes = 0

  /// The seconds of work on many images: a constant part and a part per image.
  package struct Duration {
    package var once = 0.0
    package var perImage = 0.0

    func seconds(images: Int) -> Double { once + Double(images) * perImage }
  }

  /// The seconds of a stage.
  struct Stage {
    /// The seconds per step.
    var step = 0.0
    /// The seconds before the first and after the last step.
    var once = 0.0
    /// The seconds per judged image.
    var judging = 0.0

    func seconds(steps: Int, images: Int) -> Double {
      once + Double(steps) * step + Double(min(images, judgedImages)) * judging
    }
  }
}

extension UnitCost.Duration {
  /// Measures the time of GPTQ on `unit`.
  ///
  /// The inputs are added in two halves, because the first half also allocates memory.
  package init(
    gptqOf unit: Graph, inputs: ActivationCache, nearest: [QuantizedTensor],
    context: Context
  ) {
    self.init()
    let pair = UnitInputs(fullPrecision: inputs, quantized: inputs)
    let gptq = UnitGPTQ(
      pair, imagesAtOnce: (inputs.rowCount + 1) / 2, context: context)
    let clock = ContinuousClock()
    var last = clock.now
    // The images and seconds of the current layer's halves.
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
