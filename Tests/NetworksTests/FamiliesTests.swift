import Files
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Residual networks of other families")
struct FamiliesTests {
  @Test(
    "Logits are PyTorch's, with batch normalisation unfolded and folded",
    arguments: FamilyFixture.all)
  func logits(fixture: FamilyFixture) throws {
    let network = try fixture.build().network
    let folded = network.foldingBatchNorm()
    let errors = try [fixture.logitError(network), fixture.logitError(folded)]
    print("\(fixture.name): \(errors[0]) of the largest logit apart, \(errors[1]) folded")
    #expect(errors.allSatisfy { $0 < 1e-5 })
  }

  @Test(
    "timm's name of the architecture gives the same network as the arguments",
    arguments: FamilyFixture.published)
  func nameAlone(fixture: FamilyFixture) throws {
    #expect(try fixture.build(withArguments: false).network == fixture.build().network)
  }

  @Test(
    "Layers, sites and units have unique names, and the first unit has one layer",
    arguments: FamilyFixture.all)
  func names(fixture: FamilyFixture) throws {
    let network = try fixture.build().network.foldingBatchNorm()
    for names in [network.layers.map(\.name), network.sites, network.units.map(\.name)] {
      #expect(Set(names).count == names.count)
    }
    #expect(network.layersOfUnits[0] == 0..<1)
    for unit in network.units.dropFirst() {
      let outside = network.nodes[unit.nodes].flatMap(\.inputs).filter { !unit.nodes.contains($0) }
      #expect(Set(outside) == [unit.nodes.lowerBound - 1])
    }
    var stateDict = try fixture.stateDict()
    for layer in network.layers { stateDict["\(layer.name).weight"] = nil }
    #expect(!stateDict.names.contains { stateDict[$0]?.shape.rank == 4 })
  }

  @Test("The architecture is named with timm's letters, and remarks state what has no letter")
  func reports() throws {
    let expected = [
      "resnet50c": "ResNet-17c", "resnet50s": "ResNet-17s", "resnet18d": "ResNet-12d",
      "seresnet50t": "SE-ResNet-17t", "resnetv2_50d": "ResNetV2-17d",
      "PreActResNet18": "PreActResNet-12",
      "resnetblur50": "ResNet-17 from 8 channels, anti-aliased by blur pooling",
      "resnet18_stem3x3_pool": "ResNet-12 from 8 channels, 3×3 stem at stride 1",
    ]
    for (name, architecture) in expected {
      let report = try FamilyFixture.named(name).build().report
      #expect(report.architecture.hasPrefix(architecture))
    }
  }

  private func unit(_ name: String, of fixture: String) throws -> [String] {
    let network = try FamilyFixture.named(fixture).build().network.foldingBatchNorm()
    let unit = try #require(network.units.first { $0.name == name })
    return network.nodes[unit.nodes].map { "\($0.operation.name) \($0.name)" }
  }

  @Test("A deep stem makes a unit of one layer and a unit of two layers and the pooling")
  func deepStem() throws {
    #expect(
      try unit("conv1.0", of: "resnet50d") == ["convolution conv1.0", "relu conv1.0"])
    #expect(
      try unit("conv1", of: "resnet50d") == [
        "convolution conv1.3", "relu conv1.3", "convolution conv1.6", "relu conv1.6",
        "max_pool maxpool",
      ])
    #expect(
      try unit("stem", of: "resnetv2_50d") == [
        "convolution stem.conv2", "relu stem.conv2", "convolution stem.conv3", "max_pool maxpool",
      ])
  }

  @Test("A block with average pooling in its shortcut and a blur after its ReLU")
  func filters() throws {
    #expect(
      try unit("layer2.0", of: "resnetblur50d") == [
        "convolution layer2.0.conv1", "relu layer2.0.conv1", "convolution layer2.0.conv2",
        "relu layer2.0.conv2", "blur layer2.0.conv2.aa", "convolution layer2.0.conv3",
        "average_pool layer2.0.downsample.1.pool", "convolution layer2.0.downsample.1",
        "add layer2.0.add", "relu layer2.0",
      ])
  }

  @Test("A block with squeeze and excitation")
  func excitation() throws {
    #expect(
      try unit("layer2.1", of: "seresnet18") == [
        "convolution layer2.1.conv1", "relu layer2.1.conv1", "convolution layer2.1.conv2",
        "global_average_pool layer2.1.se.mean", "convolution layer2.1.se.fc1",
        "relu layer2.1.se.fc1", "convolution layer2.1.se.fc2", "sigmoid layer2.1.se.gate",
        "multiply layer2.1.se", "add layer2.1.add", "relu layer2.1",
      ])
  }

  @Test(
    "A pre-activation block keeps its first normalisation, and the last one precedes the head")
  func preActivation() throws {
    #expect(
      try unit("layer2.0", of: "PreActResNet18") == [
        "batch_norm layer2.0.bn1", "relu layer2.0.bn1", "convolution layer2.0.conv1",
        "relu layer2.0.conv1", "convolution layer2.0.conv2", "convolution layer2.0.shortcut.0",
        "add layer2.0.add",
      ])
    #expect(
      try unit("avgpool", of: "resnetv2_18") == [
        "batch_norm norm", "relu norm", "global_average_pool avgpool",
      ])
  }
}
