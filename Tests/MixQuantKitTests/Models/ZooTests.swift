import Checkpoints
import Datasets
import Files
import Foundation
import Graphs
import MixQuantKit
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Checkpoints as people hold them")
struct ZooTests {
  private static let folder = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Zoo")

  private func model(_ file: String, ema: Bool = false) throws -> CheckpointModel {
    try CheckpointModel(
      contentsOf: Self.folder.appending(path: file), options: CheckpointOptions(preferEMA: ema))
  }

  @Test(
    "Logits are PyTorch's within 1e-5 of the largest",
    arguments: [
      ("whole.pth", "whole"), ("epsilon.pth", "epsilon"), ("script.pt", "script"),
      ("scripted.pt", "scripted"), ("traced.pt", "traced"),
      ("python2.pth.tar", "python2"), ("shards", "shards"), ("ema_shadow.pth", "ema_shadow"),
      ("ema_list.pth", "ema_list"), ("ema_both.safetensors", "ema_both"),
      ("ema_both.safetensors", "plain_of_averages"), ("pruned.pth", "pruned"),
      ("training.ckpt", "training"), ("parts.pth", "parts"), ("normalizes.pth", "normalizes"),
      ("grey.safetensors", "grey"), ("hugging_face", "hugging_face"),
    ])
  func logits(file: String, name: String) throws {
    let recorded = try Checkpoint.read(Self.folder.appending(path: "logits.safetensors")).stateDict
    let expected = try #require(recorded[name])
    let model = try model(file, ema: name.hasPrefix("ema"))
    var images = try #require(recorded["images"])
    if model.report.inputChannels == 1 {
      let plane = 32 * 32
      images = Tensor(
        shape: [2, 1, 32, 32],
        scalars: Array(images.scalars[..<plane] + images.scalars[3 * plane..<4 * plane]))
    }
    let error = relativeError(model.network.logits(images).scalars, expected.scalars)
    #expect(error < 1e-5)
  }

  @Test(
    "The code of TorchScript archives states strides, padding, pooling and epsilon",
    arguments: ["scripted.pt", "traced.pt"])
  func scripts(file: String) throws {
    let model = try model(file)
    #expect(model.report.assumptions.isEmpty, "\(model.report.assumptions)")
    let modules = Dictionary(
      model.file.modules.map { ($0.path, $0.module.attributes) },
      uniquingKeysWith: { first, _ in first })
    #expect(modules["layer2.0.conv1"]?["stride"] == "2,2")
    #expect(modules["layer2.0.conv2"]?["padding"] == "1,1")
    #expect(modules["maxpool"]?["kernel_size"]?.hasPrefix("3") == true)
    #expect(modules["bn1"]?["eps"].flatMap(Double.init) == 0.01)
  }

  @Test(
    "Networks that would be computed wrongly are refused by name",
    arguments: [
      ("refused_silu.pth", "SiLU"), ("refused_max_head.pth", "AdaptiveMaxPool2d"),
      ("refused_gelu", "hidden_act"), ("refused_quantized.pth", "quantized already"),
    ])
  func refusals(file: String, reason: String) throws {
    let error = try #require(throws: InputError.self) { try model(file) }
    #expect(error.kind == .badData && error.description.contains(reason), "\(error)")
  }

  @Test(
    "A network of another family is refused with the family's name",
    arguments: [
      ("vgg", "VGG"), ("alexnet", "AlexNet"), ("densenet", "DenseNet"), ("mobilenet", "MobileNet"),
      ("efficientnet", "EfficientNet"), ("convnext", "ConvNeXt"), ("vit", "ViT"), ("swin", "Swin"),
      ("squeezenet", "SqueezeNet"), ("mnasnet", "MNASNet"), ("shufflenet", "ShuffleNet"),
      ("inception", "Inception"), ("resnest14d", "ResNeSt"), ("res2net50_26w_4s", "Res2Net"),
      ("skresnet18", "SKNet"), ("ecaresnet26t", "ECA-ResNet"), ("legacy_seresnet18", "Cadene"),
      ("regnetx_002", "RegNet"), ("hrnet_w18_small", "HRNet"), ("dla34", "DLA"),
      ("resnetv2_50x1_bit", "group normalisation"), ("resnet50_gn", "group normalisation"),
      ("resnet50_clip", "CLIP"), ("botnet26t_256", "BoTNet"),
    ])
  func families(file: String, family: String) throws {
    let error = try #require(throws: InputError.self) {
      try model("Families/\(file).safetensors")
    }
    #expect(error.reason.contains(family), "\(error)")
    #expect(!error.remedy.isEmpty)
  }

  @Test("A folder of Hugging Face gives weights, transform and strides together")
  func folder() throws {
    let model = try model("hugging_face")
    let choice = try model.transform(flags: .init())
    #expect(choice.reason == "from preprocessor_config.json beside the model")
    #expect(choice.transform.resize == 32 && choice.transform.crop == 28)
    #expect(choice.transform.interpolation == .bicubic)
  }

  @Test("The model's own normalisation replaces the transform's; grey has one mean")
  func normalization() throws {
    let transform = try model("normalizes.pth").transform(flags: .init()).transform
    #expect(zip(transform.mean, [0.5, 0.4, 0.3]).allSatisfy { abs($0 - $1) < 1e-7 })
    #expect(try model("grey.safetensors").transform(flags: .init()).transform.channels == 1)
  }

  @Test("A training checkpoint's options and best score are read")
  func training() throws {
    let model = try model("training.ckpt")
    #expect(model.file.recordedTop1?.percent == 71.5)
    #expect(!model.report.assumptions.contains { $0.contains("epsilon") })
    #expect(model.report.ignoredTensors.contains("criterion.weight"))
    #expect(model.remarks.contains { $0.hasPrefix("assumed    stem: stride 2, padding 3") })
  }

  @Test("Flags for settings that saved modules state are errors")
  func statedFlags() throws {
    let options = CheckpointOptions(architecture: ArchitectureOptions(stemStride: 2))
    let error = try #require(throws: InputError.self) {
      try CheckpointModel(
        contentsOf: Self.folder.appending(path: "whole.pth"), options: options)
    }
    #expect(error.kind == .usage && error.what.contains("--stem-stride"))
  }
}
