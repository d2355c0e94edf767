import Files
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Outlines of graphs")
struct GraphOutlineTests {
  static let graphs = [
    tinyResNet(seed: 3), tinyResNet(seed: 3).foldingBatchNorm(),
    tinyBottleneckResNet(seed: 3).foldingBatchNorm(), Graph.everyOperation,
  ]

  @Test("A graph does not change when it is written to JSON and read back", arguments: graphs)
  func roundTrip(graph: Graph) throws {
    let outline = try JSONDecoder().decode(
      GraphOutline.self, from: JSONEncoder().encode(GraphOutline(of: graph)))
    #expect(outline == GraphOutline(of: graph))
    var tensors = KnownTensors(graph: graph)
    let rebuilt = try outline.graph(&tensors)
    #expect(rebuilt == graph)
  }

  @Test("The outline of every operation's network has a node of every kind")
  func completeness() {
    let names = Set(GraphOutline(of: Graph.everyOperation).nodes.map(\.operation))
    #expect(
      names == [
        "input", "convolution", "batch_norm", "relu", "sigmoid", "add", "multiply", "max_pool",
        "average_pool", "global_average_pool", "blur", "subsample",
      ])
    let images = randomTensor([1, 3, 17, 19], seed: 6)
    let expected = ReferenceGraph(Graph.everyOperation, inputShape: images.shape)
      .output(images.doubles)
    #expect(relativeError(Graph.everyOperation(images).scalars, expected) < 1e-5)
  }
}
