import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine
@testable import Reconstruction

@Suite("Layouts of units for training")
struct UnitLayoutTests {
  @Test("Fixed operations and layers are separated, and layers are in the order of evaluation")
  func layers() throws {
    let layouts = try TrainerCase.all.map { trial in
      try #require(
        UnitLayout(trial.unit, shapes: trial.unit.shapes(for: trial.inputShape)),
        "\(trial.testDescription)")
    }
    for (trial, layout) in zip(TrainerCase.all, layouts) {
      #expect(layout.layers.count == trial.unit.layers.count)
      #expect(layout.layers.last?.fused.output == trial.unit.nodes.count - 1)
      let outputs = layout.layers.map(\.fused.output)
      #expect(outputs == outputs.sorted())
    }
    // The fixed operations are subsampling, average pooling, and a normalisation with its ReLU.
    #expect(layouts.map(\.fixed.count) == [0, 0, 0, 1, 0, 1, 1, 1, 0])
    #expect(layouts[6].fixed[0].hasReLU)
    #expect(layouts[2].layers.map(\.readsTrained) == [false, false, true])
  }

  @Test("Groups, large kernels and channels that are not multiples of sixteen are refused")
  func convolutions() throws {
    let grouped = randomConvolution([32, 16, 3, 3], groups: 2, seed: 1)
    #expect(try layout([("b.conv1", grouped)], channels: 32) == nil)
    let odd = randomConvolution([20, 20, 3, 3], seed: 1)
    #expect(try layout([("b.conv1", odd), ("b.conv2", odd)], channels: 20) == nil)
    let large = randomConvolution([16, 16, 5, 5], seed: 1)
    #expect(try layout([("b.conv1", large)], channels: 16) == nil)
  }

  @Test("An operation between two layers is refused", arguments: ["se", "blur", "norm"])
  func between(_ kind: String) throws {
    let unit = Graph.unit("b") { graph in
      let first = graph.append("b.conv1", .convolution(convolution(1)), 0)
      var node = first
      switch kind {
      case "se":
        let mean = graph.append("b.pool", .globalAveragePool, first)
        let gate = graph.append(
          "b.fc", .convolution(randomConvolution([16, 16, 1, 1], seed: 2)), mean)
        node = graph.append("b.se", .multiply, first, graph.append("b.gate", .sigmoid, gate))
      case "blur": node = graph.append("b.blur", .blur(Blur(stride: 1)), first)
      default: node = graph.append("b.norm", .batchNorm(randomBatchNorm(16, seed: 3)), first)
      }
      graph.append("b.conv2", .convolution(convolution(4)), node)
    }
    #expect(try UnitLayout(unit, shapes: unit.shapes(for: [16, 8, 8])) == nil)
  }

  @Test("A trained value with two readers, or a last node that is not a layer's, is refused")
  func readers() throws {
    let twice = Graph.unit("b") { graph in
      let first = graph.append("b.conv1", .convolution(convolution(1)), 0)
      let rectified = graph.append("b.conv1", .relu, first)
      let second = graph.append("b.conv2", .convolution(convolution(2)), rectified)
      graph.append("b", .add, second, rectified)
    }
    #expect(try UnitLayout(twice, shapes: twice.shapes(for: [16, 8, 8])) == nil)
    let pooled = Graph.unit("b") { graph in
      let first = graph.append("b.conv1", .convolution(convolution(1)), 0)
      graph.append("b.pool", .averagePool(Window(kernel: 2, stride: 2)), first)
    }
    #expect(try UnitLayout(pooled, shapes: pooled.shapes(for: [16, 8, 8])) == nil)
    let empty = Graph.unit("b") { $0.append("b", .relu, 0) }
    #expect(try UnitLayout(empty, shapes: empty.shapes(for: [16, 8, 8])) == nil)
  }

  private func convolution(_ seed: UInt64) -> Convolution {
    randomConvolution([16, 16, 3, 3], seed: seed)
  }

  private func layout(
    _ layers: [(name: String, convolution: Convolution)], channels: Int
  ) throws -> UnitLayout? {
    let unit = Graph.residualBlock("b", layers)
    return UnitLayout(unit, shapes: try unit.shapes(for: [channels, 8, 8]))
  }
}
