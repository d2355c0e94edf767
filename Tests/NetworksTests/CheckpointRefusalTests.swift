import Files
import Networks
import Tensors
import TestSupport
import Testing

@Suite("A checkpoint that does not fit is refused by the name of a tensor")
struct CheckpointRefusalTests {
  /// A ResNet-18 and a ResNet-26 with few channels.
  private let basic: StateDict
  private let bottleneck: StateDict

  init() {
    var sketch = CheckpointSketch([2, 2, 2, 2])
    sketch.channels = 8
    basic = sketch.zeroStateDict()
    sketch.isBottleneck = true
    bottleneck = sketch.zeroStateDict()
  }

  @Test(
    "A missing tensor",
    arguments: [
      "conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer2.0.bn2.weight",
      "layer2.0.downsample.0.weight", "layer3.0.downsample.1.running_mean", "layer4.1.bn2.bias",
      "fc.weight",
    ])
  func missing(name: String) {
    var stateDict = basic
    stateDict[name] = nil
    let error = refusal(of: stateDict)
    #expect(error?.place == name)
    #expect(error?.reason.contains("missing") == true)
    #expect(error?.remedy.isEmpty == false)
  }

  @Test("Block indices with a gap: the first tensor of the gap is missing")
  func gap() {
    let stateDict = basic.renaming { $0.replacing("layer3.1", with: "layer3.2") }
    #expect(refusal(of: stateDict)?.place == "layer3.1.conv1.weight")
  }

  @Test(
    "A tensor of another shape, with both shapes",
    arguments: [
      ("conv1.weight", [8, 3, 5, 5], "8×3×5×5", "7×7 or 3×3"),
      ("layer1.0.conv2.weight", [8, 8, 5, 5], "8×8×5×5", "any×8×3×3"),
      ("layer2.0.conv1.weight", [16, 9, 3, 3], "16×9×3×3", "any×8×3×3"),
      ("layer2.0.downsample.0.weight", [16, 8, 3, 3], "16×8×3×3", "16×8×1×1"),
      ("layer1.1.bn1.running_var", [7], "7", "8"),
      ("layer1.1.bn1.running_mean", [8, 1], "8×1", "8"),
      ("layer1.0.bn1.weight", [0], "0", "8"),
      ("fc.weight", [1000, 63], "1000×63", "any×64"),
      ("fc.bias", [10], "10", "1000"),
    ])
  func shape(name: String, dimensions: [Int], found: String, expected: String) {
    var stateDict = basic
    stateDict[name] = Tensor(zeros: Shape(dimensions))
    let error = refusal(of: stateDict)
    #expect(error?.kind == .badData)
    #expect(error?.place == name)
    #expect(error?.reason.contains("shape is \(found), but") == true)
    #expect(error?.reason.contains(expected) == true)
  }

  @Test("Groups that do not divide the channels, or that change from block to block")
  func groups() {
    var stateDict = bottleneck
    stateDict["layer1.0.conv2.weight"] = Tensor(zeros: [8, 3, 3, 3])
    #expect(refusal(of: stateDict)?.place == "layer1.0.conv2.weight")
    stateDict = bottleneck
    stateDict["layer2.1.conv2.weight"] = Tensor(zeros: [16, 8, 3, 3])
    #expect(refusal(of: stateDict)?.reason.contains("16×16×3×3 was expected") == true)
  }

  @Test(
    "A tensor that no residual network has, the first in the file",
    arguments: [
      "layer1.0.se.fc1.weight", "layer1.0.attn.weight", "layer2.0.downsample.2.weight",
      "layer5.0.conv1.weight", "layer1.x.conv1.weight", "layer1.-1.conv1.weight",
      "layer1.99999999999999999999.conv1.weight", "layer1.5000.conv1.weight", "conv1.0.weight",
      "conv1.weight_orig", "classifier.weight", "layer1.0.conv4.weight", "layer1..weight",
      "weight", "",
    ])
  func stranger(name: String) {
    var stateDict = StateDict()
    stateDict["conv1.weight"] = basic["conv1.weight"]
    stateDict[name] = Tensor(zeros: [4, 4])
    for other in basic.names.dropFirst() { stateDict[other] = basic[other] }
    #expect(refusal(of: stateDict)?.place == name)
  }

  @Test(
    "A known name in the wrong place",
    arguments: [
      "layer1.0.downsample.1.weight", "layer1.0.bn3.weight", "layer+1.0.conv1.weight",
    ])
  func leftOver(name: String) {
    var stateDict = basic
    stateDict[name] = Tensor(zeros: [8])
    #expect(refusal(of: stateDict)?.place == name)
  }

  @Test("Another kind of network, by its first tensor; an empty file, by the missing tensor")
  func somethingElse() {
    var stateDict = StateDict()
    stateDict["features.0.weight"] = Tensor(zeros: [64, 3, 3, 3])
    stateDict["features.0.bias"] = Tensor(zeros: [64])
    #expect(refusal(of: stateDict)?.place == "features.0.weight")
    #expect(refusal(of: StateDict())?.place == "conv1.weight")
  }

  @Test(
    "Numbers that are not finite, and variances below zero",
    arguments: [
      (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"), (-0.5, "-0.5"),
    ] as [(Float, String)])
  func notFinite(value: Float, printed: String) {
    var stateDict = basic
    stateDict["bn1.running_var"]?.scalars[3] = value
    let error = refusal(of: stateDict)
    #expect(error?.place == "bn1.running_var")
    #expect(error?.reason.contains(printed) == true)
  }

  @Test("A shortcut without weights that would have to drop channels or split one")
  func freeShortcut() {
    var stateDict = CheckpointSketch.cifar(8, channels: 8).zeroStateDict()
    stateDict["layer2.0.conv2.weight"] = Tensor(zeros: [15, 16, 3, 3])
    for parameter in ["weight", "bias", "running_mean", "running_var"] {
      stateDict["layer2.0.bn2.\(parameter)"] = Tensor(zeros: [15])
    }
    let error = refusal(of: stateDict)
    #expect(error?.place == "layer2.0.conv2.weight")
    #expect(error?.reason.contains("8 channels into 15") == true)
  }

  @Test("A configuration of another network: other classes, or filters of an unknown kind")
  func configuration() {
    let classes = refusal(of: basic, options: ArchitectureOptions(classCount: 10))
    #expect(classes?.place == "fc.weight")
    #expect(classes?.reason.contains("1000 classes") == true)
    let antiAliased = ArchitectureOptions(architecture: "resnetblur50x.mine")
    #expect(refusal(of: bottleneck, options: antiAliased)?.place == "resnetblur50x.mine")
  }

  private func refusal(
    of stateDict: StateDict, options: ArchitectureOptions = .init()
  ) -> InputError? {
    #expect(throws: InputError.self) { try buildNetwork(stateDict, options: options) }
  }
}
