import Datasets
import Files
import Foundation
import MixQuantKit
import Quantization
import Reconstruction

extension RecipeFile {
  /// The options that a recipe of a packed file leaves to the command line.
  static let pathsOfQuantize = ["calibration", "output"]

  /// Creates the recipe of `mixq quantize` that made `packed`.
  ///
  /// The checkpoint, the calibration images and the output are not part of it. With the same checkpoint
  /// and images, the same build writes the same bytes.
  ///
  /// - Throws: `badData` if the recipe has a value that no option gives and only the library can set.
  init(of packed: PackedModel, at url: URL) throws(InputError) {
    let recipe = packed.provenance.recipe
    let quantizesActivations = recipe.quantizesActivations(by: packed.plan)
    var options = Self.planOptions(packed)
    options["method"] = .text(recipe.method.rawValue)
    options["seed"] = .init("\(recipe.seed)")
    options["calibration-images"] = .integer(recipe.calibrationImages)
    options["granularity"] = .text(recipe.weights.granularity.rawValue)
    options["symmetry"] = .text(recipe.weights.symmetry.rawValue)
    options["range"] = .text(recipe.weights.range.rawValue)
    if packed.provenance.build.isPortable { options["portable-math"] = .flag(true) }
    if let bits = recipe.activationBits { options["activation-bits"] = .integer(bits.bits) }
    if quantizesActivations {
      options["activation-range"] = .text(recipe.activationRange.description)
    }
    guard
      let learning = Self.learningOptions(recipe, quantizesActivations: quantizesActivations),
      recipe.rangeImages == QuantizationRecipe().rangeImages
    else {
      throw InputError(
        .badData, "cannot print the recipe", at: url.relativePath,
        because:
          "its reconstruction \"\(recipe.reconstruction.name)\" has values that no option gives",
        try: "see the recipe in mixq inspect \(shellQuoted(url.relativePath))")
    }
    for part in [
      learning, Self.transformOptions(packed.transform),
      Self.checkpointOptions(packed.provenance.checkpointOptions),
    ] { options.merge(part) { $1 } }
    self.init(command: "quantize", options: options)
  }

  /// The options of the widths: one width for all layers, or the whole plan.
  private static func planOptions(_ packed: PackedModel) -> [String: RecipeValue] {
    let (plan, rules) = (packed.plan, packed.plan.rules)
    let pinned = rules.pinned(in: packed.network.network)
    let free = zip(plan.layers, plan.bitWidths).first { pinned[$0.0.name] == nil }?.1
    if let free, plan == .uniform(free, network: packed.network.network, rules: rules) {
      return [
        "weight-bits": .integer(free.bits), "first-bits": .integer(rules.firstBits.bits),
        "last-bits": .integer(rules.lastBits.bits),
      ]
    }
    guard let value = try? JSONDecoder().decode(RecipeValue.self, from: Data(plan.json.utf8)) else {
      preconditionFailure("the text of a plan is JSON")
    }
    return ["plan": value]
  }

  /// The options of learning; empty if the method does not learn, nil if no options give the recipe.
  private static func learningOptions(
    _ recipe: QuantizationRecipe, quantizesActivations: Bool
  ) -> [String: RecipeValue]? {
    let recorded = recipe.reconstruction
    guard recipe.method.learns else {
      return recorded == recipe.method.settled(recorded) ? [:] : nil
    }
    guard let name = RecipeName(rawValue: recorded.name) else { return nil }
    var rebuilt = name.recipe
    rebuilt.loss = recorded.loss
    rebuilt.batch = recorded.batch
    rebuilt.start = recorded.start
    rebuilt.weightSteps = recorded.weightSteps
    rebuilt.activationSteps = recorded.activationSteps
    guard rebuilt == recorded else { return nil }
    var options: [String: RecipeValue] = [
      "recipe": .text(name.rawValue), "loss": .text(recorded.loss.rawValue),
      "start": .text(recorded.start.rawValue), "steps": .integer(recorded.weightSteps),
      "batch": .integer(recorded.batch),
    ]
    if quantizesActivations { options["activation-steps"] = .integer(recorded.activationSteps) }
    return options
  }

  /// The options of the transform.
  ///
  /// Hugging Face's rounding of a crop has no option. The model's files then give it, with the
  /// interpolation.
  private static func transformOptions(_ transform: Transform) -> [String: RecipeValue] {
    func list(_ values: [Double]) -> RecipeValue {
      RecipeValue(values.map { "\($0)" }.joined(separator: ","))
    }
    var options: [String: RecipeValue] = [
      "resize": .integer(transform.resize ?? 0), "crop": .integer(transform.crop ?? 0),
      "mean": list(transform.mean), "std": list(transform.std),
    ]
    if !transform.roundsCropDown {
      options["interpolation"] = .text(transform.interpolation.rawValue)
    }
    return options
  }

  private static func checkpointOptions(_ flags: CheckpointFlags?) -> [String: RecipeValue] {
    guard let flags else { return [:] }
    var options: [String: RecipeValue] = [:]
    if flags.ema == true { options["ema"] = .flag(true) }
    switch flags.strideIn1x1 {
    case true?: options["stride-in-1x1"] = .flag(true)
    case false?: options["stride-in-3x3"] = .flag(true)
    case nil: break
    }
    if let epsilon = flags.bnEpsilon { options["bn-eps"] = RecipeValue("\(epsilon)") }
    if let stride = flags.stemStride { options["stem-stride"] = .integer(stride) }
    if let padding = flags.stemPadding { options["stem-padding"] = .integer(padding) }
    if let hasPooling = flags.hasStemPooling {
      options["stem-pool"] = .text(
        hasPooling ? StemPooling.max.rawValue : StemPooling.none.rawValue)
    }
    if let head = flags.head { options["head"] = .text(head) }
    return options
  }
}
