import Engine
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Nodes that one kernel call computes")
struct FusedNodeTests {
  @Test(
    "Every node after the input belongs to one call, and its inputs are computed before",
    arguments: BlockCase.all)
  func partition(_ trial: BlockCase) {
    let nodes = trial.block.nodes
    var computed: Set<Int> = [0]
    var covered: [Int] = []
    for fused in trial.block.fusedNodes {
      var sum = fused.node
      covered.append(fused.node)
      if fused.residual != nil {
        sum =
          nodes.indices.first { index in
            nodes[index].operation == .add && nodes[index].inputs.contains(fused.node)
          } ?? 0
        covered.append(sum)
      }
      if fused.hasReLU { covered.append(fused.output) }
      #expect(fused.output == (fused.hasReLU ? fused.output : sum))
      #expect(!fused.hasReLU || nodes[fused.output].inputs == [sum])
      #expect(nodes[fused.node].inputs.allSatisfy(computed.contains))
      if let residual = fused.residual {
        #expect(computed.contains(residual))
        #expect(Set(nodes[sum].inputs) == [fused.node, residual])
      }
      computed.insert(fused.output)
    }
    #expect(covered.sorted() == Array(nodes.indices.dropFirst()))
    #expect(trial.block.fusedNodes.last?.output == nodes.count - 1)
  }

  @Test("The sum with a shortcut and its ReLU are fused into the last convolution of a branch")
  func residual() {
    let calls = BlockCase.all[0].block.fusedNodes.map { summary($0, BlockCase.all[0].block) }
    #expect(calls == ["layer1.0.conv1, ReLU", "layer1.0.conv2 + input, ReLU"])
    let projected = BlockCase.all[1].block
    #expect(
      projected.fusedNodes.map { summary($0, projected) } == [
        "layer1.0.conv1, ReLU", "layer1.0.downsample.1",
        "layer1.0.conv2 + layer1.0.downsample.1, ReLU",
      ])
  }

  @Test("Nothing is fused into a convolution with several readers")
  func shared() {
    let convolution = Graphs.Operation.convolution(randomConvolution([4, 4, 3, 3], seed: 1))
    let graph = Graph.unit("unit") {
      let first = $0.append("first", convolution, 0)
      let rectified = $0.append("first", .relu, first)
      let twice = $0.append("twice", .add, rectified, rectified)
      $0.append("sum", .add, $0.append("pool", .sigmoid, twice), first)
    }
    #expect(
      graph.fusedNodes.map { summary($0, graph) } == ["first", "first", "twice", "pool", "sum"])
  }

  @Test("A ReLU is fused into a normalisation, but not into a pooling")
  func unfused() {
    let graph = Graph.unit("unit") {
      let pooled = $0.append("pool", .averagePool(Window(kernel: 2, stride: 2)), 0)
      let rectified = $0.append("pool", .relu, pooled)
      $0.append(
        "norm", .relu, $0.append("norm", .batchNorm(randomBatchNorm(4, seed: 1)), rectified))
    }
    #expect(graph.fusedNodes.map { summary($0, graph) } == ["pool", "pool", "norm, ReLU"])
  }

  /// Returns the nodes of a call by name, such as "conv2 + input, ReLU".
  private func summary(_ fused: FusedNode, _ graph: Graph) -> String {
    let residual = fused.residual.map { " + \(graph.nodes[$0].name)" } ?? ""
    return graph.nodes[fused.node].name + residual + (fused.hasReLU ? ", ReLU" : "")
  }
}
