import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Graphs: units, layers and sites")
struct GraphTests {
  static let networks = [
    tinyResNet(seed: 1).foldingBatchNorm(), tinyBottleneckResNet(seed: 1).foldingBatchNorm(),
  ]

  @Test("The units one after another compute the network", arguments: networks)
  func units(network: Graph) {
    let images = randomTensor([2, 3, 32, 32], seed: 2)
    let output = network.units.reduce(images) { network[$1]($0) }
    #expect(output == network(images))
    #expect(network.units.first?.name == "conv1")
    #expect(network.units.last?.name == network.layers.last?.name)
    for unit in network.units {
      let part = network[unit]
      #expect(part.units == [Unit(name: unit.name, nodes: 1..<unit.nodes.count + 1)])
      #expect(part.nodes.dropFirst().map(\.name) == network.nodes[unit.nodes].map(\.name))
      #expect(part.nodes.dropFirst().map(\.operation) == network.nodes[unit.nodes].map(\.operation))
    }
  }

  @Test("A range of units is a graph of its own", arguments: networks)
  func ranges(network: Graph) {
    let images = randomTensor([2, 3, 32, 32], seed: 3)
    let output = network(images)
    for place in 0...network.units.count {
      let (head, tail) = (
        network[units: 0..<place], network[units: place..<network.units.count]
      )
      #expect(head.units.map(\.name) + tail.units.map(\.name) == network.units.map(\.name))
      #expect(tail(head(images)) == output)
    }
    #expect(network[units: 0..<network.units.count] == network)
  }

  @Test("Layers, roles and sites are in the order of the nodes")
  func order() {
    let network = Self.networks[0]
    #expect(
      network.layers.map(\.name) == [
        "conv1", "layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1", "layer2.0.conv2",
        "layer3.0.conv1", "layer3.0.conv2", "linear",
      ])
    #expect(network.layerRoles == [.first] + [LayerRole](repeating: .inner, count: 6) + [.last])
    #expect(
      network.sites == [
        "conv1", "layer1.0.conv1", "layer1.0", "layer2.0.conv1", "layer2.0", "layer3.0.conv1",
        "layer3.0",
      ])
    #expect(network.units.map(\.name).dropLast(2) == ["conv1", "layer1.0", "layer2.0", "layer3.0"])
    #expect(network.layersOfUnits == [0..<1, 1..<3, 3..<5, 5..<7, 7..<7, 7..<8])
    #expect(network.reconstructedUnitCount == 4)
    #expect(network.classCount == 10 && network.inputChannels == 3)
  }

  @Test("A layer reads the image, the site before it, or values in floating point")
  func layerInputs() {
    let network = Self.networks[1]
    let inputs = Dictionary(
      uniqueKeysWithValues: zip(network.layers.map(\.name), network.layerInputs))
    #expect(inputs["conv1"] == .image)
    #expect(inputs["layer1.0.conv1"] == .site("conv1"), "through the pooling")
    #expect(inputs["layer1.0.conv3"] == .site("layer1.0.conv2"))
    #expect(inputs["layer2.0.downsample.0"] == .site("layer1.0"))
    #expect(inputs["fc"] == .site("layer4.0"), "through the mean of every map")
  }

  @Test("A layer after an average, a filter, a gate or a sum reads floating point")
  func floatingPoint() {
    let convolution = Operation.convolution(randomConvolution([6, 6, 1, 1], seed: 1))
    let operations: [Graphs.Operation] = [
      .averagePool(Window(kernel: 2, stride: 2)), .blur(Blur(stride: 2)), .sigmoid,
      .batchNorm(randomBatchNorm(6, seed: 2)), convolution,
    ]
    for operation in operations {
      let graph = Graph.unit("unit") {
        let node = $0.append("first", .relu, $0.append("between", operation, 0))
        let between = $0.append("between.1", operation, node)
        $0.append("last", convolution, between)
      }
      #expect(graph.layerInputs.last == .floatingPoint, "\(operation.name)")
    }
    let sum = Graph.unit("unit") {
      let node = $0.append("first", .relu, 0)
      $0.append("last", convolution, $0.append("sum", .add, node, 0))
    }
    #expect(sum.layerInputs == [.floatingPoint])
  }

  @Test("Layers are replaced in order; names, inputs and units do not change", arguments: networks)
  func mapLayers(network: Graph) {
    var visited: [String] = []
    let copy = network.mapLayers { layer in
      visited.append(layer.name)
      return layer.convolution
    }
    #expect(copy == network)
    #expect(visited == network.layers.map(\.name))
  }

  @Test("New weights go to the layers in their order", arguments: BlockCase.all)
  func withWeights(_ trial: BlockCase) {
    let weights = trial.block.layers.enumerated().map { index, layer in
      randomTensor(layer.weight.shape, seed: UInt64(index))
    }
    let replaced = trial.block.withWeights(weights)
    #expect(replaced.layers.map(\.weight) == weights)
    #expect(replaced.layers.map(\.bias) == trial.block.layers.map(\.bias))
    #expect(replaced.withWeights(trial.block.layers.map(\.weight)) == trial.block)
  }

  @Test("A new weight of one layer leaves the other layers", arguments: BlockCase.all)
  func withWeight(_ trial: BlockCase) {
    for (index, layer) in trial.block.layers.enumerated() {
      let weight = randomTensor(layer.weight.shape, seed: UInt64(index))
      let replaced = trial.block.withWeight(weight, ofLayer: index)
      #expect(replaced.layers[index].weight == weight)
      #expect(replaced.withWeight(layer.weight, ofLayer: index) == trial.block)
    }
  }

  @Test("The readers of a node are all nodes with it among their inputs", arguments: BlockCase.all)
  func readers(_ trial: BlockCase) {
    for (index, readers) in trial.block.readers.enumerated() {
      #expect(
        readers == trial.block.nodes.indices.filter { trial.block.nodes[$0].inputs.contains(index) }
      )
    }
  }
}
