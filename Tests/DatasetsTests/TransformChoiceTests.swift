import Datasets
import Files
import Foundation
import TestSupport
import Testing

@Suite("Choosing the transform")
struct TransformChoiceTests {
  static let timm = Data(
    """
    {"architecture": "resnet18", "label_names": ["a", "b"], "pretrained_cfg": {
      "input_size": [3, 160, 160], "crop_pct": 0.95, "crop_mode": "center",
      "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.25, 0.5]}}
    """.utf8)

  @Test("timm's configuration: the short side is ⌊size / crop_pct⌋")
  func timmConfiguration() throws {
    let configuration = try TransformConfiguration(Self.timm, name: "config.json")
    let expected = Transform(
      resize: 168, crop: 160, interpolation: .bicubic, mean: [0.5, 0.5, 0.5], std: [0.5, 0.25, 0.5])
    #expect(configuration.transform == expected)
  }

  @Test("The older layout without pretrained_cfg")
  func topLevelKeys() throws {
    let json = #"{"input_size": [3, 224, 224]}"#
    let configuration = try TransformConfiguration(Data(json.utf8), name: "config.json")
    #expect(configuration.transform == Transform(resize: 256, crop: 224, interpolation: .bicubic))
  }

  @Test("A configuration that says nothing of images gives no transform")
  func unrelatedConfiguration() throws {
    let configuration = try TransformConfiguration(Data(#"{"depths": [2, 2]}"#.utf8), name: "x")
    #expect(configuration.transform == nil)
  }

  @Test(
    "What cannot be honoured is refused",
    arguments: [
      #"{"crop_pct": 0}"#, #"{"crop_pct": 0.1}"#, #"{"crop_pct": 1.5}"#,
      #"{"input_size": [1, 28, 28]}"#,
      #"{"input_size": [3, 224, 192]}"#, #"{"interpolation": "lanczos"}"#, #"{"std": [0, 1, 1]}"#,
      #"{"mean": [0.5]}"#, #"{"crop_pct": 0.9, "crop_mode": "squash"}"#, #"{"mean": "x"}"#, "[",
      #"{"input_size": [3, 9223372036854775807, 9223372036854775807]}"#,
    ])
  func refusals(json: String) {
    let error = inputError { _ = try TransformConfiguration(Data(json.utf8), name: "config.json") }
    #expect(error?.kind == .badData && error?.place == "config.json")
  }

  @Test("Flags come first, then NAME.json, then a lone model's config.json, then the architecture")
  func order() throws {
    let files = [
      "r.pth": Data(), "r.json": Self.timm, "alone/r.pth.tar": Data(),
      "alone/config.json": Self.timm,
      "two/a.pth": Data(), "two/b.pt": Data(), "two/config.json": Self.timm,
    ]
    try withFolder(files) { root in
      func choice(
        _ model: String, _ flags: TransformFlags = TransformFlags(), small: Bool = false
      ) throws -> TransformChoice {
        try .resolve(flags: flags, modelURL: root.appending(path: model), suitsSmallImages: small)
      }
      #expect(try choice("r.pth").reason == "from r.json beside the model")
      #expect(try choice("r.pth").transform.crop == 160)
      #expect(try choice("alone/r.pth.tar").reason == "from config.json beside the model")
      #expect(try choice("two/a.pth").transform == .torchvision)
      #expect(try choice("two/a.pth", small: true).transform == .cifar)

      let preset = try choice("r.pth", TransformFlags(preset: .torchvisionV2))
      #expect(preset.transform == .torchvisionV2)
      #expect(preset.reason == "from --preset torchvision-v2")
      let partly = try choice("r.pth", TransformFlags(resize: 0, crop: 96))
      #expect(partly.reason == "from r.json beside the model, with --resize, --crop")
      #expect(partly.transform.resize == nil && partly.transform.crop == 96)
      #expect(partly.transform.mean == [0.5, 0.5, 0.5])
    }
  }

  @Test("Without a model, flags replace parts of a preset, torchvision's unless they name one")
  func withoutModel() throws {
    func transform(_ flags: TransformFlags) throws -> Transform {
      try TransformChoice.withoutModel(flags: flags).transform
    }
    #expect(try transform(TransformFlags()) == .torchvision)
    #expect(try transform(TransformFlags(preset: .cifar)) == .cifar)
    let small = Transform(resize: 160, crop: nil)
    #expect(try transform(TransformFlags(resize: 160, crop: 0)) == small)
    #expect(inputError { _ = try transform(TransformFlags(crop: -1)) }?.kind == .usage)
  }

  @Test("Flags out of range are a usage error")
  func badFlags() {
    let url = URL(filePath: "/nowhere/model.pth")
    for flags in [
      TransformFlags(resize: -1), TransformFlags(crop: 1 << 40), TransformFlags(mean: [1]),
      TransformFlags(std: [0, 0, 0]),
    ] {
      let error = inputError {
        _ = try TransformChoice.resolve(flags: flags, modelURL: url, suitsSmallImages: false)
      }
      #expect(error?.kind == .usage)
    }
  }
}
