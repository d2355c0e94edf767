import Checkpoints
import Foundation
package import Datasets
package import Files
import Networks

extension CheckpointModel {
  /// Returns the transform from images to inputs.
  ///
  /// Flags come first, then `preprocessor_config.json` and the configuration, then the weights if
  /// torchvision publishes them, then the architecture. A model that normalises pixels itself replaces
  /// mean and deviation.
  ///
  /// - Throws: An error if a flag is out of range, if a configuration cannot be read, or if the network
  ///   cannot take images of the size and the channels that result.
  package func transform(flags: TransformFlags) throws(InputError) -> TransformChoice {
    // With complete flags, a configuration that cannot be used does not matter.
    var stated = flags.areComplete ? nil : try statedTransform()
    var assumed = assumedTransform
    if let own = report.normalization {
      let source = "the model's own normalisation"
      stated = stated?.normalizing(mean: own.mean, std: own.std, source: source)
      assumed = assumed.normalizing(mean: own.mean, std: own.std, source: source)
    }
    if report.inputChannels == 1 {
      stated = stated?.inGrey
      assumed = assumed.inGrey
    }
    let choice = try TransformChoice.resolve(flags: flags, stated: stated, assumed: assumed)
    guard choice.transform.channels == report.inputChannels else {
      throw InputError(
        .badInputSize, "the network does not fit its input", at: url.path,
        because: "it reads \(report.inputChannels) channels, but the transform gives "
          + "\(choice.transform.channels)",
        try: "use a network for colour (3 channels) or grey (1), and as many means as channels")
    }
    try network.requireFit(of: choice.transform)
    return choice
  }

  private func statedTransform() throws(InputError) -> TransformChoice? {
    for url in [files.preprocessor, files.configuration] {
      guard let url, let transform = try TransformConfiguration(contentsOf: url).transform else {
        continue
      }
      return TransformChoice(
        transform: transform, reason: "from \(url.lastPathComponent) beside the model")
    }
    return ownTransform
  }

  private var assumedTransform: TransformChoice {
    if let weights = publishedWeights {
      return TransformChoice(
        transform: weights.transform, reason: "of torchvision's weights \(weights.digest)")
    }
    guard report.suitsSmallImages else {
      return TransformChoice(
        transform: .torchvision, reason: "assumed from the architecture: torchvision's evaluation")
    }
    switch report.smallImages {
    case .cifar10, .cifar100:
      let isCIFAR10 = report.smallImages == .cifar10
      return TransformChoice(
        transform: isCIFAR10 ? .cifar10 : .cifar100,
        reason:
          "assumed from the layout \(report.layout): \(isCIFAR10 ? "CIFAR-10" : "CIFAR-100")'s "
          + "statistics")
    case .imageNet, nil:
      return TransformChoice(
        transform: .cifar,
        reason: "assumed from the architecture, whose 3×3 first layer is for small images")
    }
  }

  /// The weights of torchvision that the file holds, by its hash or by its name.
  var publishedWeights: PublishedWeights? {
    PublishedWeights.find(digest: file.digest)
      ?? PublishedWeights.find(fileName: url.lastPathComponent)
  }
}

extension TransformChoice {
  /// The choice for a network that reads grey: three means become their mean.
  fileprivate var inGrey: TransformChoice {
    guard transform.channels != 1 else { return self }
    func mean(_ values: [Double]) -> [Double] { [values.reduce(0, +) / Double(values.count)] }
    return normalizing(
      mean: mean(transform.mean), std: mean(transform.std), source: "the channels averaged for grey"
    )
  }
}
