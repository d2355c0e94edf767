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

  @Test("A configuration that states nothing about images gives no transform")
  func unrelatedConfiguration() throws {
    let configuration = try TransformConfiguration(Data(#"{"depths": [2, 2]}"#.utf8), name: "x")
    #expect(configuration.transform == nil)
  }

  @Test(
    "Settings that cannot be followed are refused",
    arguments: [
      #"{"crop_pct": 0}"#, #"{"crop_pct": 0.1}"#, #"{"crop_pct": 1.5}"#,
      #"{"input_size": [4, 28, 28]}"#,
      #"{"input_size": [3, 224, 192]}"#, #"{"interpolation": "lanczos"}"#, #"{"std": [0, 1, 1]}"#,
      #"{"mean": [0.5, 0.5]}"#, #"{"crop_pct": 0.9, "crop_mode": "squash"}"#, #"{"mean": "x"}"#,
      "[",
      #"{"input_size": [3, 9223372036854775807, 9223372036854775807]}"#,
    ])
  func refusals(json: String) {
    let error = inputError { _ = try TransformConfiguration(Data(json.utf8), name: "config.json") }
    #expect(error?.kind == .badData && error?.place == "config.json")
  }

  @Test("The size and the crop for tests are preferred, as in timm's validate.py")
  func testSize() throws {
    let json = """
      {"pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 1.0, "test_input_size": [3, 40, 40],
       "test_crop_pct": 0.95}}
      """
    let transform = try TransformConfiguration(Data(json.utf8), name: "x").transform
    #expect(transform == Transform(resize: 42, crop: 40, interpolation: .bicubic))
  }

  @Test("Grey images have one mean, or the mean of three")
  func grey() throws {
    let json = #"{"input_size": [1, 28, 28], "mean": [0.5], "std": [0.2, 0.3, 0.4]}"#
    let transform = try TransformConfiguration(Data(json.utf8), name: "x").transform
    #expect(transform?.channels == 1 && transform?.mean == [0.5])
    #expect(abs((transform?.std[0] ?? 0) - 0.3) < 1e-12)
  }

  @Test("Flags come first, then what the files state, then what is assumed")
  func order() throws {
    let stated = TransformChoice(transform: .torchvisionV2, reason: "stated")
    let assumed = TransformChoice(transform: .cifar, reason: "assumed")
    func choice(
      _ flags: TransformFlags = TransformFlags(), stated: TransformChoice? = stated
    ) throws -> TransformChoice {
      try .resolve(flags: flags, stated: stated, assumed: assumed)
    }
    #expect(try choice() == stated)
    #expect(try choice(stated: nil) == assumed)
    let preset = try choice(TransformFlags(preset: .cifar100))
    #expect(preset == TransformChoice(transform: .cifar100, reason: "from --preset cifar100"))
    let partly = try choice(TransformFlags(resize: 0, crop: 96))
    #expect(partly.reason == "stated, with --resize, --crop")
    #expect(partly.transform.resize == nil && partly.transform.crop == 96)
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
    let assumed = TransformChoice(transform: .cifar, reason: "assumed")
    for flags in [
      TransformFlags(resize: -1), TransformFlags(crop: 1 << 40), TransformFlags(mean: [1, 2]),
      TransformFlags(std: [0, 0, 0]),
    ] {
      let error = inputError {
        _ = try TransformChoice.resolve(flags: flags, stated: nil, assumed: assumed)
      }
      #expect(error?.kind == .usage)
    }
  }
}
