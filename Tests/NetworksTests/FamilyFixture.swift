import Checkpoints
import Files
import Foundation
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

/// A small network of `Tests/Fixtures/Networks` with its inputs and PyTorch's logits for them.
struct FamilyFixture: Sendable, CustomTestStringConvertible {
  let name: String
  var testDescription: String { name }

  private static let folder = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Networks")

  static let all = [
    "resnet18d", "resnet50d", "resnet50c", "resnet50s", "resnet10t", "resnet26t", "seresnet18",
    "seresnet50", "seresnet50t", "resnetaa34d", "resnetaa50", "seresnetaa50d", "resnetblur18",
    "resnetblur50", "resnetblur50d", "PreActResNet18", "PreActResNet50", "resnetv2_18",
    "resnetv2_18d", "resnetv2_50", "resnetv2_50d", "resnetv2_50t", "resnet18_stem3x3_pool",
    "resnet18_stem3x3_stride2_pool",
  ].map(FamilyFixture.init)

  static func named(_ name: String) -> FamilyFixture { FamilyFixture(name: name) }

  /// The fixtures that are also networks of timm, whose names determine all arguments.
  static let published = all.filter {
    $0.name.hasPrefix("resnet") && !$0.name.contains("stem") || $0.name.hasPrefix("seresnet")
  }

  private struct Configuration: Decodable {
    struct Pretrained: Decodable { let input_size: [Int] }

    let architecture: String
    let num_classes: Int
    let model_args: ModelArguments
    let pretrained_cfg: Pretrained
  }

  private func configuration() throws -> Configuration {
    try JSONDecoder().decode(
      Configuration.self,
      from: Data(contentsOf: Self.folder.appending(path: "\(name).json")))
  }

  func stateDict() throws -> StateDict {
    try Checkpoint.read(Self.folder.appending(path: "\(name).safetensors")).stateDict
  }

  /// The options from the configuration, with its arguments or with the name alone.
  func options(withArguments: Bool = true) throws -> ArchitectureOptions {
    let configuration = try configuration()
    return ArchitectureOptions(
      architecture: configuration.architecture, classCount: configuration.num_classes,
      arguments: withArguments ? configuration.model_args : .init())
  }

  func build(
    withArguments: Bool = true
  ) throws -> (network: Graph, report: ArchitectureReport) {
    try buildNetwork(stateDict(), options: options(withArguments: withArguments))
  }

  /// The largest difference of the logits from PyTorch's, relative to PyTorch's largest logit.
  func logitError(_ network: Graph) throws -> Double {
    let recorded =
      try Checkpoint.read(Self.folder.appending(path: "logits.safetensors")).stateDict
    let size = try configuration().pretrained_cfg.input_size
    let images = try #require(recorded["images.\(size[1])x\(size[2])"])
    let logits = try #require(recorded["\(name).logits"])
    return relativeError(network.logits(images).scalars, logits.scalars)
  }
}
