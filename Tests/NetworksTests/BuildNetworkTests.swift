import Checkpoints
import Execution
import Files
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Networks from checkpoints")
struct BuildNetworkTests {
  @Test("Logits are PyTorch's, unfolded and folded", .needsSharedFiles)
  func goldenLogits() throws {
    let stateDict = try golden("resnet8.safetensors")
    let inputAndLogits = try golden("resnet8_io.safetensors")
    let input = try #require(inputAndLogits["input"])
    let expected = try #require(inputAndLogits["logits"])
    let (network, report) = try buildNetwork(stateDict)
    #expect(report.architecture == "CIFAR ResNet-8")
    for network in [network, network.foldingBatchNorm()] {
      let logits = network.logits(input, context: Context(threads: 2))
      #expect(logits.shape == expected.shape)
      #expect(relativeError(logits.scalars, expected.scalars) < 1e-5)
    }
  }

  @Test(
    "Checkpoints of other networks are refused by a tensor's name", .needsSharedFiles,
    arguments: [
      ("unsupported_extra_module.pth", "layer2.0.se.fc1.weight"),
      ("unsupported_odd_kernel.pth", "layer2.0.conv2.weight"),
      ("broken_missing_tensor.pth", "layer2.0.bn1.running_var"),
      ("broken_nan_weight.pth", "layer1.0.conv1.weight"),
    ])
  func unsupported(file: String, tensor: String) throws {
    let error = #expect(throws: InputError.self) { try buildNetwork(golden(file)) }
    #expect(error?.kind == .badData)
    #expect(error?.place.hasSuffix(tensor) == true)
  }

  @Test("A random network has the nodes and shapes of torchvision's, folded", arguments: [18, 50])
  func random(depth: Int) throws {
    var generator = SplitMix64(seed: 1)
    let random = randomResNet(depth: depth, generator: &generator)
    let known = try #require(KnownNetwork.imageNet.first { $0.name == "ResNet-\(depth)" })
    let network = try buildNetwork(known.sketch.zeroStateDict()).network.foldingBatchNorm()
    #expect(random.name == network.name && random.units == network.units)
    #expect(random.nodes.map(\.name) == network.nodes.map(\.name))
    #expect(random.nodes.map(\.inputs) == network.nodes.map(\.inputs))
    #expect(random.layers.map(\.weight.shape) == network.layers.map(\.weight.shape))
    #expect(random.layers.map(\.geometry) == network.layers.map(\.geometry))
  }

  private func golden(_ name: String) throws -> StateDict {
    try Checkpoint.read(SharedFiles.url("golden/checkpoints/\(name)")).stateDict
  }
}
