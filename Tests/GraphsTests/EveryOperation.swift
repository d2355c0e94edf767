import Graphs
import Tensors
import TestSupport

extension Graph {
  /// A network with a node of every kind.
  static let everyOperation: Graph = {
    var graph = GraphBuilder()
    var node = graph.append(
      "conv1", .convolution(randomConvolution([4, 3, 3, 3], stride: 2, seed: 1)), 0)
    node = graph.append("conv1", .relu, node)
    node = graph.append("maxpool", .maxPool(Window(kernel: 3, stride: 2, padding: 1)), node)
    graph.endUnit("conv1")
    let input = node
    node = graph.append("norm", .batchNorm(randomBatchNorm(4, seed: 2)), node)
    node = graph.append("norm", .relu, node)
    node = graph.append("blur", .blur(Blur(stride: 2)), node)
    node = graph.append(
      "conv2", .convolution(randomConvolution([8, 2, 3, 3], groups: 2, seed: 3)), node)
    var gate = graph.append("squeeze", .globalAveragePool, node)
    gate = graph.append("fc1", .convolution(randomConvolution([8, 8, 1, 1], seed: 4)), gate)
    gate = graph.append("gate", .sigmoid, gate)
    node = graph.append("excite", .multiply, node, gate)
    var shortcut = graph.append(
      "pool", .averagePool(Window(kernel: 2, stride: 2, roundsUp: true)), input)
    shortcut = graph.append("free", .subsample(Subsample(stride: 1, padding: 2)), shortcut)
    graph.append("sum", .relu, graph.append("sum.add", .add, node, shortcut))
    graph.endUnit("block")
    graph.append("pooled", .globalAveragePool, graph.last)
    graph.append(
      "fc", .convolution(Convolution(weight: randomTensor([5, 8, 1, 1], seed: 5))),
      graph.last)
    graph.endUnit("fc")
    return graph.graph(named: "Every operation")
  }()
}

/// The tensors of a graph's layers by name; a request for another shape gets zeros.
struct KnownTensors: GraphTensors {
  let graph: Graph

  func convolution(_ name: String, shape: Shape) -> (weight: Tensor, bias: [Float]?) {
    guard let layer = graph.layers.first(where: { $0.name == name && $0.weight.shape == shape })
    else { return (Tensor(zeros: shape), nil) }
    return (layer.weight, layer.bias)
  }

  func batchNorm(_ name: String, channels: Int, epsilon: Double) -> BatchNorm {
    for node in graph.nodes where node.name == name {
      if case .batchNorm(let batchNorm) = node.operation, batchNorm.channels == channels {
        return batchNorm
      }
    }
    let zeros = [Float](repeating: 0, count: channels)
    return BatchNorm(scale: zeros, shift: zeros, mean: zeros, variance: zeros, epsilon: epsilon)
  }
}
