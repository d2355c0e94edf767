import Graphs
import Networks
import Tensors
import TestSupport
import Testing

/// A network that must be recognised, and the name it must get.
struct KnownNetwork: CustomTestStringConvertible {
  let name: String
  let sketch: CheckpointSketch
  var testDescription: String { name }

  init(
    _ name: String, _ sketch: CheckpointSketch,
    _ adjust: (inout CheckpointSketch) -> Void = { _ in }
  ) {
    self.name = name
    var sketch = sketch
    adjust(&sketch)
    self.sketch = sketch
  }

  static let imageNet = [
    KnownNetwork("ResNet-18", CheckpointSketch([2, 2, 2, 2])),
    KnownNetwork("ResNet-34", CheckpointSketch([3, 4, 6, 3])),
    KnownNetwork("ResNet-26", CheckpointSketch([2, 2, 2, 2], isBottleneck: true)),
    KnownNetwork("ResNet-50", CheckpointSketch([3, 4, 6, 3], isBottleneck: true)),
    KnownNetwork("ResNet-101", CheckpointSketch([3, 4, 23, 3], isBottleneck: true)),
    KnownNetwork("ResNet-152", CheckpointSketch([3, 8, 36, 3], isBottleneck: true)),
    KnownNetwork("ResNeXt-50 32×4d", CheckpointSketch([3, 4, 6, 3], isBottleneck: true)) {
      ($0.widening, $0.groups) = (2, 32)
    },
    KnownNetwork("ResNeXt-101 32×8d", CheckpointSketch([3, 4, 23, 3], isBottleneck: true)) {
      ($0.widening, $0.groups) = (4, 32)
    },
    KnownNetwork("ResNeXt-101 64×4d", CheckpointSketch([3, 4, 23, 3], isBottleneck: true)) {
      ($0.widening, $0.groups) = (4, 64)
    },
    KnownNetwork("Wide ResNet-50-2", CheckpointSketch([3, 4, 6, 3], isBottleneck: true)) {
      $0.widening = 2
    },
    KnownNetwork("ResNet-18", CheckpointSketch([2, 2, 2, 2])) { $0.classCount = 7 },
    KnownNetwork("ResNet-18 from 8 channels", CheckpointSketch([2, 2, 2, 2])) { $0.channels = 8 },
  ]

  static let cifar =
    [8, 20, 32, 44, 56, 110].map { KnownNetwork("CIFAR ResNet-\($0)", .cifar($0)) } + [
      KnownNetwork("CIFAR ResNet-8 from 8 channels", .cifar(8, channels: 8))
    ]

  static let smallStem = [
    KnownNetwork("CIFAR-style ResNet-18", CheckpointSketch([2, 2, 2, 2])),
    KnownNetwork("CIFAR-style ResNet-34", CheckpointSketch([3, 4, 6, 3])),
    KnownNetwork("CIFAR-style ResNet-50", CheckpointSketch([3, 4, 6, 3], isBottleneck: true)),
  ].map { known in
    KnownNetwork(known.name, known.sketch) {
      ($0.stemKernel, $0.head, $0.projection, $0.classCount) = (3, "linear", "shortcut", 10)
    }
  }
}

@Suite("A checkpoint's tensors show the architecture")
struct ArchitectureTests {
  @Test("torchvision's and timm's networks", arguments: KnownNetwork.imageNet)
  func imageNet(_ known: KnownNetwork) throws {
    let (network, report) = try buildNetwork(known.sketch.zeroStateDict())
    #expect(report.architecture == known.name)
    #expect(network.name == known.name)
    #expect(report.layout.hasPrefix("torchvision"))
    #expect(!report.suitsSmallImages)
    #expect(network.hasMaxPool)
    #expect(network.classCount == known.sketch.classCount)
    #expect(network.units.count == known.sketch.blockCounts.reduce(0, +) + 3)
  }

  @Test("CIFAR networks with parameter-free shortcuts", arguments: KnownNetwork.cifar)
  func cifar(_ known: KnownNetwork) throws {
    let (network, report) = try buildNetwork(known.sketch.zeroStateDict())
    #expect(report.architecture == known.name)
    #expect(report.layout == "CIFAR (parameter-free shortcuts)")
    #expect(report.suitsSmallImages)
    let channels = known.sketch.channels
    #expect(
      network.subsamplings == [
        Subsample(stride: 2, padding: channels / 2), Subsample(stride: 2, padding: channels),
      ])
  }

  @Test("CIFAR-style networks with four stages", arguments: KnownNetwork.smallStem)
  func smallStem(_ known: KnownNetwork) throws {
    let (network, report) = try buildNetwork(known.sketch.zeroStateDict())
    #expect(report.architecture == known.name)
    #expect(report.layout == "CIFAR (projection shortcuts)")
    #expect(report.suitsSmallImages)
    #expect(!network.hasMaxPool)
    #expect(network.layers.contains { $0.name == "layer2.0.shortcut.0" })
    #expect(network.layers.last?.name == "linear")
  }

  @Test("Layers keep the checkpoint's module names, in module order")
  func layerNames() throws {
    var sketch = CheckpointSketch([1, 1, 1, 1])
    sketch.channels = 4
    let (network, report) = try buildNetwork(sketch.zeroStateDict())
    #expect(
      network.layers.map(\.name).prefix(6) == [
        "conv1", "layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1", "layer2.0.conv2",
        "layer2.0.downsample.0",
      ])
    #expect(network.layers.last?.name == "fc")
    #expect(report.ignoredTensors.first == "bn1.num_batches_tracked")
    #expect(report.ignoredTensors.count == network.layers.count - 1)
  }

  @Test("A bottleneck has its stride on the 3×3 convolution, or on the 1×1 if an option says so")
  func bottleneckStride() throws {
    var sketch = CheckpointSketch([1, 2, 1, 1], isBottleneck: true)
    sketch.channels = 8
    let stateDict = sketch.zeroStateDict()
    let assumed = try buildNetwork(stateDict)
    #expect(
      ["layer1.0", "layer2.0", "layer2.1"].map { strides(of: $0, in: assumed.network) } == [
        [1, 1, 1], [1, 2, 1], [1, 1, 1],
      ])
    #expect(assumed.report.assumptions.contains { $0.contains("stride on the 3×3 convolution") })

    let stated = try buildNetwork(stateDict, options: ArchitectureOptions(strideIn1x1: true))
    #expect(strides(of: "layer2.0", in: stated.network) == [2, 1, 1])
    #expect(!stated.report.assumptions.contains { $0.contains("1×1") || $0.contains("3×3 conv") })
  }

  @Test("Options are used, and what they state is no longer listed as assumed")
  func options() throws {
    let stateDict = CheckpointSketch.cifar(8, channels: 4).zeroStateDict()
    let assumed = try buildNetwork(stateDict)
    #expect(assumed.network.normalizations[0]?.epsilon == 1e-5)
    #expect(assumed.report.assumptions.contains { $0.contains("epsilon 1e-5") })

    let options = ArchitectureOptions(bnEpsilon: 1e-3, downsampleInFirstStage: true)
    let stated = try buildNetwork(stateDict, options: options)
    #expect(stated.network.normalizations[0]?.epsilon == 1e-3)
    #expect(stated.network.subsamplings.first == Subsample(stride: 2, padding: 0))
    #expect(stated.report.assumptions.count == assumed.report.assumptions.count - 2)
  }

  @Test("A folded checkpoint, with biases and no batch normalisation, gives the folded network")
  func folded() throws {
    let unfolded = tinyResNet(seed: 3)
    var stateDict = StateDict()
    for layer in unfolded.foldingBatchNorm().layers {
      let isHead = layer.name == "linear"
      stateDict["\(layer.name).weight"] =
        isHead ? layer.weight.reshaped([10, 32]) : layer.weight
      stateDict["\(layer.name).bias"] = layer.bias.map { Tensor(shape: [$0.count], scalars: $0) }
    }
    let (network, report) = try buildNetwork(stateDict)
    #expect(network == unfolded.foldingBatchNorm())
    #expect(!report.assumptions.contains { $0.contains("epsilon") })
  }

  /// The strides of the convolutions `conv1`, `conv2` and so on of a block.
  private func strides(of block: String, in network: Graph) -> [Int] {
    network.layers.filter { $0.name.hasPrefix("\(block).conv") }.map(\.geometry.stride)
  }
}

extension Graph {
  fileprivate var hasMaxPool: Bool {
    nodes.contains { $0.operation == .maxPool(Window(kernel: 3, stride: 2, padding: 1)) }
  }

  fileprivate var subsamplings: [Subsample] {
    nodes.compactMap { node in
      if case .subsample(let subsample) = node.operation { subsample } else { nil }
    }
  }
}
