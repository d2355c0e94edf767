import Files
import Foundation
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Configurations and tensors of other families that do not fit together")
struct FamilyRefusalTests {
  private func refusal(
    of fixture: String, _ name: String? = nil, _ arguments: [String: String] = [:],
    change: (inout StateDict) -> Void = { _ in }
  ) throws -> InputError? {
    var stateDict = try FamilyFixture.named(fixture).stateDict()
    change(&stateDict)
    let options = ArchitectureOptions(architecture: name, arguments: ModelArguments(arguments))
    return #expect(throws: InputError.self) { try buildNetwork(stateDict, options: options) }
  }

  @Test(
    "A name that implies parts that the tensors lack, or excludes parts that they have",
    arguments: [
      ("resnetaa50", "resnet50d.a1_in1k"), ("resnet50c", "resnet50t"), ("resnet50s", "resnet50d"),
      ("resnetaa50", "seresnet50"), ("resnetaa50", "resnetv2_50"), ("resnetv2_50", "resnet50"),
      ("resnetv2_50", "resnetv2_50d"), ("PreActResNet18", "seresnet18"),
    ])
  func names(fixture: String, name: String) throws {
    #expect(try refusal(of: fixture, name)?.place == name)
  }

  @Test(
    "Networks that are known by name alone and not supported",
    arguments: [
      "resnetv2_50x1_bit.goog_in21k", "resnetv2_50d_gn", "resnetv2_50d_evos", "resnetv2_50d_frn",
      "resnet50_gn.a1h_in1k", "resnetblur50x.mine", "ecaresnetaa50", "resnextaa101q",
    ])
  func unsupportedNames(name: String) throws {
    let error = try refusal(of: "resnetaa50", name)
    #expect(error?.place == name && error?.what == "the architecture is not supported")
  }

  @Test(
    "An argument that the tensors contradict, or whose value is unknown",
    arguments: [
      ("resnet50c", "avg_down", "true"), ("resnet50d", "avg_down", "false"),
      ("resnetaa50", "stem_type", "deep"), ("resnet50d", "stem_type", ""),
      ("resnetaa50", "block_args.attn_layer", "se"), ("seresnet50", "block_args.attn_layer", ""),
      ("seresnet50", "block_args.attn_layer", "eca"), ("resnet50d", "aa_layer", "BlurPool2dNew"),
      ("resnet50d", "block", "BasicBlock"), ("resnet50d", "layers", "3,4,6,3"),
      ("resnet50d", "stem_kernel", "7"), ("resnet18_stem3x3_pool", "stem_kernel", "7"),
      ("resnet18_stem3x3_pool", "stem_kernel", "5"), ("resnet18_stem3x3_pool", "stem_stride", "3"),
      ("resnet18_stem3x3_pool", "stem_pool", "average"), ("resnet50d", "act_layer", "silu"),
      ("resnet50d", "norm_layer", "groupnorm"), ("resnet50d", "output_stride", "8"),
      ("resnet50d", "global_pool", "catavgmax"), ("resnet50d", "replace_stem_pool", "true"),
      ("resnetv2_50", "aa_layer", "blur"), ("PreActResNet18", "stem_pool", "max"),
      ("resnet18_stem3x3_pool", "aa_layer", "avg"),
    ])
  func arguments(fixture: String, key: String, value: String) throws {
    #expect(try refusal(of: fixture, nil, [key: value])?.place == "model_args.\(key)")
  }

  @Test("A filter for which the name and an argument disagree")
  func filters() throws {
    let error = try refusal(of: "resnetaa50", "resnetaa50", ["aa_layer": "blur"])
    #expect(error?.place == "model_args.aa_layer")
  }

  @Test("A filter in a network whose bottlenecks have their stride on the 1×1 convolution")
  func strideIn1x1() throws {
    let stateDict = try FamilyFixture.named("resnetaa50").stateDict()
    let options = ArchitectureOptions(strideIn1x1: true, architecture: "resnetaa50")
    let error = #expect(throws: InputError.self) { try buildNetwork(stateDict, options: options) }
    #expect(error?.place == "resnetaa50")
  }

  @Test(
    "A missing tensor",
    arguments: [
      ("resnet50d", "conv1.3.weight"), ("resnet50d", "conv1.4.running_var"),
      ("resnet50d", "layer2.0.downsample.1.weight"), ("resnet50d", "layer2.0.downsample.2.bias"),
      ("seresnet18", "layer1.0.se.fc1.bias"), ("seresnet18", "layer2.1.se.fc2.weight"),
      ("PreActResNet18", "layer2.0.shortcut.0.weight"), ("PreActResNet18", "layer2.1.bn2.bias"),
      ("resnetv2_50", "stages.0.blocks.0.norm3.weight"), ("resnetv2_50", "norm.running_mean"),
      ("resnetv2_50", "stages.1.blocks.0.downsample.conv.weight"),
      ("resnetv2_50", "stem.conv.weight"),
      ("resnetv2_50d", "stem.norm2.weight"), ("resnetv2_50d", "head.fc.weight"),
    ])
  func missing(fixture: String, name: String) throws {
    let error = try refusal(of: fixture) { $0[name] = nil }
    #expect(error?.place == name && error?.reason.contains("missing") == true)
  }

  @Test(
    "A tensor without a place",
    arguments: [
      ("resnet50d", "layer2.0.downsample.0.weight"), ("resnet50d", "conv1.7.weight"),
      ("seresnet18", "layer1.0.se.bn.weight"), ("PreActResNet18", "layer1.0.bn3.weight"),
      ("resnetv2_50", "stages.5.blocks.0.conv1.weight"), ("resnetv2_50", "stem.norm.weight"),
      ("resnetv2_50", "stages.1.blocks.7.conv1.weight"),
    ])
  func strangers(fixture: String, name: String) throws {
    let error = try refusal(of: fixture) { $0[name] = Tensor(zeros: [4, 4, 1, 1]) }
    #expect(error?.place == name)
  }

  @Test("Group normalisation, which has no running statistics")
  func groupNormalization() throws {
    for (fixture, norm) in [
      ("resnetv2_50", "stages.0.blocks.0.norm1.weight"), ("resnet50d", "bn1.weight"),
    ] {
      let error = try refusal(of: fixture) { stateDict in
        for name in stateDict.names where name.contains(".running_") { stateDict[name] = nil }
      }
      #expect(error?.reason.contains("group normalisation") == true)
      #expect(error?.place.hasSuffix(norm) == true)
    }
  }

  @Test("Without a configuration, what tensors do not show is listed as assumed")
  func assumptions() throws {
    func assumed(_ fixture: String) throws -> [String] {
      try buildNetwork(FamilyFixture.named(fixture).stateDict()).report.assumptions
    }
    #expect(try assumed("resnetaa50").contains { $0.contains("no filters against aliasing") })
    #expect(try assumed("resnet50d").contains { $0.contains("3×3 max pooling") })
    #expect(try assumed("seresnet50").contains { $0.contains("sigmoid gates") })
    #expect(try assumed("resnetv2_50d").contains { $0.contains("average pooling halves") })
    #expect(try assumed("resnetv2_50").contains { $0.contains("convolution halves") })
    #expect(try assumed("PreActResNet18").contains { $0.contains("images of 32×32") })
    #expect(try assumed("resnet18_stem3x3_pool").contains { $0.contains("no pooling") })
  }

  @Test("Arguments that nothing reads are listed with the assumptions, harmless ones are not")
  func unknownArguments() throws {
    func assumed(_ arguments: [String: String], _ fixture: String) throws -> [String] {
      let options = ArchitectureOptions(arguments: ModelArguments(arguments))
      return try buildNetwork(FamilyFixture.named(fixture).stateDict(), options: options)
        .report.assumptions.filter { $0.contains("not known") }
    }
    for fixture in ["resnet50d", "resnetv2_50"] {
      let known = ["drop_path_rate": "0.1", "act_layer": "relu", "cardinality": "1"]
      #expect(try assumed(known, fixture) == [])
      #expect(
        try assumed(known.merging(["scale_fn": "x2", "block_args.gain": "3"]) { $1 }, fixture) == [
          "model_args.block_args.gain = 3: not known, so without effect",
          "model_args.scale_fn = x2: not known, so without effect",
        ])
    }
  }

  @Test("Arguments keep values of every kind, so that none is left out in silence")
  func argumentKinds() throws {
    let text = """
      {"replace_stride_with_dilation": [false, true, false], "drop_rate": 0.25,
       "act_layer": [{"a": 1}]}
      """
    let arguments = try JSONDecoder().decode(ModelArguments.self, from: Data(text.utf8))
    #expect(arguments["replace_stride_with_dilation"] == "false,true,false")
    #expect(arguments["drop_rate"] == "0.25" && arguments["act_layer"] == nil)
    #expect(arguments.keys.contains("act_layer"))
    let stateDict = try FamilyFixture.named("resnet50d").stateDict()
    let error = inputError {
      _ = try buildNetwork(stateDict, options: ArchitectureOptions(arguments: arguments))
    }
    #expect(error?.kind == .badData && error?.place == "model_args.act_layer")
  }

  @Test("Arguments are read from JSON: nested keys, lists, nulls")
  func json() throws {
    let text =
      #"{"aa_layer": null, "avg_down": true, "layers": [1, 2], "block_args": {"attn_layer": "se"}}"#
    let arguments = try JSONDecoder().decode(ModelArguments.self, from: Data(text.utf8))
    #expect(
      arguments
        == ModelArguments([
          "aa_layer": "", "avg_down": "true", "layers": "1,2", "block_args.attn_layer": "se",
        ]))
  }
}
