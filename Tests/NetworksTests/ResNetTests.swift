import Checkpoints
import Execution
import Files
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite("Whole networks")
struct ResNetTests {
  @Test("Logits are PyTorch's, unfolded and folded", .needsSharedFiles)
  func goldenLogits() throws {
    let stateDict = try golden("resnet8.safetensors")
    let inputAndLogits = try golden("resnet8_io.safetensors")
    let input = try #require(inputAndLogits["input"])
    let expected = try #require(inputAndLogits["logits"])
    let (network, report) = try ResNet.build(stateDict)
    #expect(report.architecture == "CIFAR ResNet-8")
    for network in [network, network.foldingBatchNorm()] {
      let logits = network(input, workers: Workers(2))
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
    let error = #expect(throws: InputError.self) { try ResNet.build(golden(file)) }
    #expect(error?.kind == .badData)
    #expect(error?.place.hasSuffix(tensor) == true)
  }

  @Test("A random network has the layers of torchvision's, folded", arguments: [18, 50])
  func random(depth: Int) throws {
    var generator = SplitMix64(seed: 1)
    let random = ResNet.random(depth: depth, generator: &generator)
    let known = try #require(KnownNetwork.imageNet.first { $0.name == "ResNet-\(depth)" })
    let network = try ResNet.build(known.sketch.zeroStateDict()).network.foldingBatchNorm()
    #expect(random.architecture == network.architecture)
    #expect(random.layers.map(\.name) == network.layers.map(\.name))
    #expect(random.layers.map(\.weight.shape) == network.layers.map(\.weight.shape))
    #expect(random.layers.map(\.geometry) == network.layers.map(\.geometry))
  }

  @Test("Logits do not depend on the workers or on the other images of a batch")
  func independence() {
    for network in [tinyResNet(seed: 1), tinyBottleneckResNet(seed: 1)] {
      let images = randomTensor([5, 3, 32, 32], seed: 2)
      let logits = network(images)
      #expect(logits.shape == [5, 10])
      #expect(network(images, workers: Workers(3)) == logits)
      let third = network(images[rows: 2..<3])
      #expect(relativeError(third.scalars, logits[rows: 2..<3].scalars) < 1e-5)
    }
  }

  @Test("Layers, roles and sites stand in module order")
  func order() {
    let network = tinyResNet(seed: 1)
    #expect(network.layers.count == 8)
    #expect(network.layerRoles == [.stem] + [LayerRole](repeating: .body, count: 6) + [.head])
    #expect(
      network.activationSites == [
        "conv1", "layer1.0.conv1", "layer1.0", "layer2.0.conv1", "layer2.0", "layer3.0.conv1",
        "layer3.0",
      ])
    var visited: [String] = []
    let copy = network.mapLayers { layer in
      visited.append(layer.name)
      return layer
    }
    #expect(copy == network)
    #expect(visited == network.layers.map(\.name))
  }

  @Test("Activation maps are called at every site, in order, and what they return is used")
  func activationMaps() {
    let network = tinyBottleneckResNet(seed: 3)
    let images = randomTensor([1, 3, 32, 32], seed: 4)
    let visited = Mutex<[ActivationSite]>([])
    let logits = network(images) { site, tensor in
      visited.withLock { $0.append(site) }
      return tensor
    }
    #expect(visited.withLock { $0 } == network.activationSites)
    #expect(logits == network(images))
    let silenced = network(images) { _, tensor in Tensor(zeros: tensor.shape) }
    #expect(silenced.scalars == network.head.bias)
  }

  private func golden(_ name: String) throws -> StateDict {
    try Checkpoint.read(SharedFiles.url("golden/checkpoints/\(name)")).stateDict
  }
}
