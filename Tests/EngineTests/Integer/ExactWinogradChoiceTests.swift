import Graphs
import Quantization
import TestSupport
import Tensors
import Testing

@testable import Engine

@Suite("The choice of a kernel for a layer on codes")
struct ExactWinogradChoiceTests {
  /// Returns the kernel of the middle one of three convolutions, with 3 → 64 → 32 → 16 channels.
  private func kernel(
    weights: BitWidth, activations: BitWidth, side: Int = 12, kernel: Int = 3, stride: Int = 1,
    isConstant: Bool = false, kernels: IntegerKernels = .fastest
  ) throws -> String {
    var middle = randomConvolution([32, 64, kernel, kernel], stride: stride, seed: 2)
    if isConstant { middle.weight.scalars = middle.weight.scalars.map { _ in 1 } }
    var graph = GraphBuilder()
    let node = graph.appendBranch(
      [
        ("first", randomConvolution([64, 3, 3, 3], seed: 1)), ("middle", middle),
        ("last", randomConvolution([16, 32, 3, 3], seed: 3)),
      ], input: 0)
    graph.append("last", .relu, node)
    graph.endUnit("body")
    let network = graph.withLinearLayer(16, named: "body")
    var quantized = QuantizedNetwork.quantizing(
      network, plan: .uniform(weights, network: network),
      quantizer: WeightQuantizer(
        granularity: .perChannel, symmetry: .asymmetric, range: .minMax))
    let grid = UniformAffine(scale: 0.5, zeroPoint: 0, bitWidth: activations)
    for site in ["first", "middle", "last"] { quantized.activationGrids[site] = grid }
    let arithmetic = try #require(
      IntegerNetwork(quantized, inputShape: [3, side, side], scaling: nil))
    let program = IntegerProgram(arithmetic, kernels: kernels)
    let step = try #require(program.kernels.first { $0.name == "middle" })
    return step.kernel
  }

  @Test("3×3 layers at stride 1 get exact Winograd, and others direct convolution")
  func geometry() throws {
    #expect(try kernel(weights: 8, activations: 8).hasPrefix("Winograd"))
    #expect(try kernel(weights: 8, activations: 8, stride: 2).hasPrefix("direct"))
    #expect(try kernel(weights: 8, activations: 8, kernel: 1).hasPrefix("direct"))
    // One pixel would take 25 products instead of 9.
    #expect(try kernel(weights: 8, activations: 8, side: 1).hasPrefix("direct"))
    #expect(try kernel(weights: 8, activations: 8, kernels: .plain).hasPrefix("direct"))
  }

  @Test("Codes of 8 bits get words")
  func words() throws {
    #expect(try kernel(weights: 8, activations: 8).hasPrefix("Winograd F(4×4), s16"))
    #expect(try kernel(weights: 4, activations: 8).hasPrefix("Winograd F(4×4), s16"))
  }

  @Test("A layer that fails a guard gets direct convolution")
  func guards() throws {
    // 576 weights of 255 add up to 146,880, but the guard allows 131,586. Weights of 15 add up to 8,640.
    #expect(try kernel(weights: 8, activations: 8, isConstant: true).hasPrefix("direct"))
    #expect(try kernel(weights: 4, activations: 8, isConstant: true).hasPrefix("Winograd"))
  }
}
