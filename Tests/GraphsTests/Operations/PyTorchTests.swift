import Checkpoints
import Execution
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

/// Every operation's values and gradients against PyTorch's (Scripts/make-operation-fixture.py).
@Suite("Operations against PyTorch")
struct PyTorchTests {
  static let fixture = Result {
    try SafetensorsFile.read(
      SharedFiles.projectRoot.appending(path: "Tests/Fixtures/operations.safetensors"))
  }

  /// A case of the fixture.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// Makes the operation from the tensors of the case.
    let operation: @Sendable ((String) throws -> Tensor) throws -> Graphs.Operation

    var testDescription: String { name }

    init(_ name: String, _ operation: Graphs.Operation) {
      self.init(name) { _ in operation }
    }

    init(
      _ name: String,
      _ operation: @escaping @Sendable ((String) throws -> Tensor) throws -> Graphs.Operation
    ) {
      self.name = name
      self.operation = operation
    }

    static func convolution(_ name: String, _ geometry: ConvolutionGeometry) -> Case {
      Case(name) { tensor in
        .convolution(
          Convolution(
            weight: try tensor("weight"), bias: try tensor("bias").scalars, geometry: geometry))
      }
    }
  }

  static let cases = [
    Case.convolution("convolution", .init(stride: 2, padding: 1)),
    .convolution("grouped", .init(padding: 1, groups: 2)),
    .convolution("linear", .init()),
    Case("batch_norm") { tensor in
      .batchNorm(
        BatchNorm(
          scale: try tensor("weight").scalars, shift: try tensor("bias").scalars,
          mean: try tensor("mean").scalars, variance: try tensor("variance").scalars))
    },
    Case("relu", .relu), Case("sigmoid", .sigmoid), Case("add", .add), Case("multiply", .multiply),
    Case("max_pool", .maxPool(Window(kernel: 3, stride: 2, padding: 1))),
    Case("average_pool", .averagePool(Window(kernel: 2, stride: 2))),
    Case("average_pool_over", .averagePool(Window(kernel: 2, stride: 2, roundsUp: true))),
    Case("global_average_pool", .globalAveragePool),
    Case("blur1", .blur(Blur(stride: 1))), Case("blur2", .blur(Blur(stride: 2))),
    Case("subsample", .subsample(Subsample(stride: 2, padding: 2))),
  ]

  @Test("Values and gradients agree with PyTorch", arguments: cases)
  func agreement(of item: Case) throws {
    let file = try Self.fixture.get()
    func tensor(_ key: String) throws -> Tensor {
      try #require(file["\(item.name).\(key)"], "no \(item.name).\(key)").tensor
    }
    let operation = try item.operation(tensor)
    let inputs = try (0..<operation.inputCount).map { try tensor("input\($0)") }
    let output = operation.forward(inputs, context: .serial)
    #expect(relativeError(output.scalars, try tensor("output").scalars) < 1e-6)

    let gradients = operation.backward(
      try tensor("gradient"), input: { inputs[$0] }, output: { output })
    #expect(gradients.count == inputs.count)
    for (number, gradient) in gradients.enumerated() {
      let expected = try tensor("gradient\(number)")
      #expect(gradient.shape == expected.shape)
      #expect(relativeError(gradient.scalars, expected.scalars) < 1e-6)
    }
  }

  @Test("The fixture has every operation except the input")
  func completeness() {
    let kinds = Set(
      Self.cases.compactMap { try? $0.operation { _ in Tensor(zeros: [1, 1, 1, 1]) }.name })
    #expect(kinds.count == 11)
  }
}
