import Files
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Hugging Face's names become torchvision's")
struct HuggingFaceTests {
  @Test("The network is the same as under torchvision's names", arguments: [false, true])
  func sameNetwork(isBottleneck: Bool) throws {
    let stateDict = sketch(isBottleneck: isBottleneck).randomStateDict(seed: 5)
    let expected = try buildNetwork(stateDict)
    let (network, report) = try buildNetwork(stateDict.renaming(huggingFaceName))
    #expect(network == expected.network)
    #expect(report.layout == "Hugging Face")
    #expect(
      report.ignoredTensors.first == "resnet.embedder.embedder.normalization.num_batches_tracked")
  }

  @Test("Errors name the file's own tensor")
  func ownNames() {
    var stateDict = sketch(isBottleneck: false).zeroStateDict().renaming(huggingFaceName)
    let name = "resnet.encoder.stages.1.layers.0.layer.1.convolution.weight"
    stateDict[name] = Tensor(zeros: [16, 16, 5, 5])
    let error = #expect(throws: InputError.self) { try buildNetwork(stateDict) }
    #expect(error?.place == name)
  }

  @Test(
    "A module that its ResNets lack, or one named twice, is refused",
    arguments: [
      "resnet.encoder.stages.0.layers.0.attention.weight", "resnet.encoder.stages.x.weight",
      "resnet.encoder.stages.0.layers.0.layer.7.convolution.weight", "conv1.weight",
    ])
  func stranger(name: String) {
    var stateDict = sketch(isBottleneck: false).zeroStateDict().renaming(huggingFaceName)
    stateDict[name] = Tensor(zeros: [8])
    #expect(throws: InputError.self) { try buildNetwork(stateDict) }
  }

  private func sketch(isBottleneck: Bool) -> CheckpointSketch {
    var sketch = CheckpointSketch([1, 2, 1, 1], isBottleneck: isBottleneck)
    sketch.channels = 8
    sketch.classCount = 5
    return sketch
  }

  /// The name in transformers' `ResNetForImageClassification` of one of torchvision's.
  private func huggingFaceName(_ name: String) -> String {
    var parts = name.split(separator: ".").map(String.init)
    let parameter = parts.removeLast()
    let modules = [
      "conv1": "resnet.embedder.embedder.convolution",
      "bn1": "resnet.embedder.embedder.normalization", "fc": "classifier.1",
    ]
    if parts.count == 1 { return "\(modules[parts[0]] ?? parts[0]).\(parameter)" }
    let stage = (Int(parts[0].suffix(1)) ?? 0) - 1
    let block = "resnet.encoder.stages.\(stage).layers.\(parts[1])"
    let isConvolution = parts[2].hasPrefix("conv") || parts.last == "0"
    let kind = isConvolution ? "convolution" : "normalization"
    if parts[2] == "downsample" { return "\(block).shortcut.\(kind).\(parameter)" }
    let layer = (Int(parts[2].suffix(1)) ?? 0) - 1
    return "\(block).layer.\(layer).\(kind).\(parameter)"
  }
}
