import Checkpoints
import Files
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Networks from ONNX files")
struct ONNXNetworkTests {
  @Test(
    "Logits are ONNX Runtime's, with batch normalisation unfolded and folded",
    arguments: ONNXFixture.all)
  func logits(fixture: ONNXFixture) throws {
    let network = try fixture.network().graph
    let errors = try [
      fixture.logitError(network), fixture.logitError(network.foldingBatchNorm()),
    ]
    print("\(fixture.name): \(errors[0]) of the largest logit apart, \(errors[1]) folded")
    #expect(errors.allSatisfy { $0 < 1e-4 })
  }

  @Test(
    "Layers, sites and units have unique names, and every unit has one input",
    arguments: ONNXFixture.all)
  func names(fixture: ONNXFixture) throws {
    let network = try fixture.network().graph.foldingBatchNorm()
    for names in [network.layers.map(\.name), network.sites, network.units.map(\.name)] {
      #expect(Set(names).count == names.count)
      #expect(names.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil }, "\(names)")
    }
    #expect(network.layersOfUnits[0] == 0..<1)
    #expect(network.layersOfUnits.last == network.layers.count - 1..<network.layers.count)
    for unit in network.units {
      let outside = network.nodes[unit.nodes].flatMap(\.inputs).filter { !unit.nodes.contains($0) }
      #expect(Set(outside) == [unit.nodes.lowerBound - 1])
    }
  }

  @Test(
    "The outline of every network is valid, so that a packed file can store it",
    arguments: ONNXFixture.all)
  func outline(fixture: ONNXFixture) throws {
    let network = try fixture.network().graph.foldingBatchNorm()
    var tensors = GraphCopy(of: network)
    #expect(try GraphOutline(of: network).graph(&tensors) == network)
  }

  @Test("An export with the original tensors makes the same network as its state dict")
  func sameAsCheckpoint() throws {
    let fixture = ONNXFixture.named("torchscript_inputs")
    let file = try fixture.file()
    var stateDict = StateDict()
    for tensor in file.model.graph.initializers where tensor.elementType == .float32 {
      stateDict[tensor.name] = Tensor(
        shape: Shape(tensor.dimensions), scalars: try tensor.floats(place: "test"))
    }
    let expected = try buildNetwork(stateDict).network.foldingBatchNorm()
    let network = try ONNXNetwork(file).graph.foldingBatchNorm()
    #expect(network.nodes.map(\.operation) == expected.nodes.map(\.operation))
    #expect(network.nodes.map(\.inputs) == expected.nodes.map(\.inputs))
    #expect(network.layers.map(\.name) == expected.layers.map(\.name))
    #expect(network.sites == expected.sites)
    #expect(network.units.map(\.nodes) == expected.units.map(\.nodes))
    #expect(network.units.dropLast(2).map(\.name) == expected.units.dropLast(2).map(\.name))
  }

  @Test(
    "Layers have the names of their modules",
    arguments: [
      ("torchscript", ["conv1", "layer1.0.conv1", "layer2.0.downsample.0", "fc"]),
      ("dynamo", ["conv1", "layer1.0.conv1", "layer2.0.downsample.0", "fc"]),
      ("dynamo_plain", ["conv1", "layer1.0.conv1", "layer2.0.downsample.0", "fc"]),
      ("timm_se", ["conv1.0", "layer1.0.se.fc1", "layer2.0.downsample.1", "fc"]),
      ("optimum", ["model.resnet.embedder.embedder.convolution", "model.classifier.1"]),
      ("cifar", ["conv1", "layer2.0.conv2", "linear"]),
      ("zoo_v1", ["resnetv10_conv0", "resnetv10_stage1_0_conv0", "resnetv10_dense0"]),
      ("caffe2", ["gpu_0.conv1", "gpu_0.res2_0_branch2a", "gpu_0.pred"]),
      ("keras", ["resnet50.conv1_conv", "resnet50.conv2_block1_0_conv", "resnet50.predictions"]),
      ("paddle", ["conv2d_0", "linear_0"]),
    ])
  func modules(name: String, expected: [String]) throws {
    let layers = try ONNXFixture.named(name).network().graph.layers.map(\.name)
    for layer in expected { #expect(layers.contains(layer), "\(layers)") }
  }

  @Test("Units are found by the sums")
  func units() throws {
    func layers(_ name: String) throws -> [String: Int] {
      let graph = try ONNXFixture.named(name).network().graph
      return Dictionary(
        uniqueKeysWithValues: zip(graph.units.map(\.name), graph.layersOfUnits.map(\.count)))
    }
    #expect(
      try layers("torchscript") == [
        "conv1": 1, "layer1.0": 2, "layer1.1": 2, "layer2.0": 3, "layer3.0": 3, "avgpool": 0,
        "fc": 1,
      ])
    // A deep stem has two units: its first layer, and the others.
    let excited = try ONNXFixture.named("timm_se").network().graph
    #expect(excited.layersOfUnits.map(\.count).prefix(3) == [1, 2, 6])
    // Blocks with pre-activation begin with their normalisation and end with their sum.
    let preactivated = try ONNXFixture.named("zoo_v2").network().graph
    #expect(preactivated.layersOfUnits.map(\.count) == [1, 2, 2, 3, 2, 0, 1])
    let block = preactivated[preactivated.units[2]]
    #expect(block.nodes.last?.operation == .add)
    if case .batchNorm = block.nodes[1].operation {} else { Issue.record("no normalisation") }
  }

  @Test("The report states depth, blocks, the producer, and images of small networks")
  func report() throws {
    let network = try ONNXFixture.named("torchscript").network()
    #expect(network.report.architecture == "residual network of depth 10, 4 blocks")
    #expect(network.report.layout == "ONNX by pytorch 2.13.0")
    #expect(!network.report.suitsSmallImages)
    #expect(network.imageSize ?? (0, 0) == (32, 32))
    #expect(network.elementTypes == ["float32": 24])
    #expect(try ONNXFixture.named("cifar").network().report.suitsSmallImages)
    #expect(try ONNXFixture.named("optimum").network().imageSize == nil)
  }

  @Test("Equal biases that share one initializer through a copy are read")
  func sharedBias() throws {
    let fixture = ONNXFixture.named("torchscript")
    var model = try fixture.file().model
    let layer = try model.index("/layer1/layer1.0/conv1/Conv")
    let bias = model.graph.nodes[layer].inputs[2]
    model.graph.nodes[layer].inputs[2] = "shared"
    model.graph.nodes.insert(
      ONNXNode("Identity", name: "Identity_0", inputs: [bias], outputs: ["shared"]), at: 0)
    #expect(try fixture.logitError(ONNXNetwork(model.file).graph) < 1e-4)
  }

  @Test("A softmax at the end is left out, and a normalisation of the image is noted")
  func notes() throws {
    #expect(
      try ONNXFixture.named("keras").network().notes == [
        "node 'resnet50/predictions/Softmax' (Softmax) is left out, so that the scores are logits"
          + " and not probabilities"
      ])
    #expect(
      try ONNXFixture.named("zoo_v2").network().notes == [
        "node 'resnetv20_batchnorm0_fwd' (BatchNormalization) normalises the image inside the"
          + " network, after --mean and --std"
      ])
  }
}

/// The tensors of a graph, by the names of its nodes.
private struct GraphCopy: GraphTensors {
  private let graph: Graph

  init(of graph: Graph) { self.graph = graph }

  func convolution(
    _ name: String, shape: Shape
  ) throws(InputError) -> (weight: Tensor, bias: [Float]?) {
    guard let layer = graph.layers.first(where: { $0.name == name }) else {
      throw InputError(.badData, "no layer", at: name, because: "it is missing")
    }
    return (layer.weight, layer.bias)
  }

  func batchNorm(
    _ name: String, channels: Int, epsilon: Double
  ) throws(InputError) -> BatchNorm {
    for node in graph.nodes where node.name == name {
      if case .batchNorm(let batchNorm) = node.operation { return batchNorm }
    }
    throw InputError(.badData, "no normalisation", at: name, because: "it is missing")
  }
}
