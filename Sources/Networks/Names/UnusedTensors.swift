import Tensors

/// The tensors that training or profiling leaves in a checkpoint and that inference does not use.
enum UnusedTensors {
  /// Returns true if the tensor or module `name` is one of them.
  static func isUnused(_ name: String) -> Bool {
    let parts = name.split(separator: ".")
    guard let last = parts.last, let first = parts.first else { return false }
    if counters.contains(String(last)) { return true }
    return parts.prefix(2).contains { part in
      let word = part.lowercased()
      return modules.contains(word) || word.hasSuffix("_acc") || word.hasSuffix("_metric")
        || word.hasSuffix("_metrics") || word.hasSuffix("_loss")
    } || parts.count == 1 && states.contains(String(first)) || first == "model_ema"
  }

  /// The counters of normalisations, of the profiler thop and of weight averaging.
  static let counters: Set = ["num_batches_tracked", "total_ops", "total_params", "n_averaged"]

  /// The state that self-supervised training and moving averages keep at the top level.
  private static let states: Set = [
    "queue", "queue_ptr", "center", "initted", "step", "decay", "num_updates",
  ]

  /// The modules of losses, of metrics and of self-supervised training.
  private static let modules: Set = [
    "criterion", "loss", "loss_fn", "loss_func", "loss_function", "metric", "metrics", "acc",
    "accuracy", "train_accuracy", "val_accuracy", "test_accuracy", "projector", "projection_head",
    "predictor", "prototypes", "decoder",
  ]

  /// Returns the normalisation of pixels that buffers of the model hold, with the buffers' names.
  ///
  /// Such a model subtracts a mean from its input and divides by a deviation itself. Buffers of pixels
  /// from 0 to 255 are divided by 255.
  static func normalization(
    in stateDict: StateDict
  ) -> (normalization: PixelNormalization, names: [String])? {
    for name in stateDict.names {
      var parts = name.split(separator: ".").map(String.init)
      guard let last = parts.popLast(), let partner = buffers[last],
        !parts.contains(where: { $0.hasPrefix("layer") || $0.hasPrefix("stage") })
      else { continue }
      let other = (parts + [partner]).joined(separator: ".")
      guard let mean = stateDict[name], let deviation = stateDict[other],
        (1...3).contains(mean.scalars.count), mean.scalars.count == deviation.scalars.count,
        deviation.scalars.allSatisfy({ $0 > 0 })
      else { continue }
      let scale: Double = deviation.scalars.contains { $0 > 2 } ? 255 : 1
      return (
        PixelNormalization(
          mean: mean.scalars.map { Double($0) / scale },
          std: deviation.scalars.map { Double($0) / scale }), [name, other]
      )
    }
    return nil
  }

  private static let buffers = [
    "mean": "std", "_mean": "_std", "pixel_mean": "pixel_std", "image_mean": "image_std",
    "new_mean": "new_std", "mu": "sigma", "means": "sds", "norm_mean": "norm_std",
  ]
}

/// The mean and the standard deviation of each channel, of pixels divided by 255.
package struct PixelNormalization: Sendable, Equatable {
  package let mean: [Double]
  package let std: [Double]
}
