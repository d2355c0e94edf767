import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Batch normalisation")
struct BatchNormTests {
  @Test("It normalises by mean and variance, then scales and shifts")
  func formula() {
    let batchNorm = BatchNorm(
      scale: [2, -1, 0], shift: [0.5, 0, 3], mean: [1, -2, 5], variance: [3, 0, 8], epsilon: 1)
    let output = batchNorm(Tensor(shape: [1, 3, 1, 2], scalars: [5, -3, 5, -3, 5, -3]))
    #expect(output.scalars == [4.5, -3.5, -7, 1, 3, 3])
  }

  @Test("Values and gradients agree with the definition")
  func definition() {
    expectDefinition(
      of: .batchNorm(randomBatchNorm(5, seed: 1)), on: [randomTensor([3, 5, 4, 3], seed: 2)])
  }

  @Test("Only maps with its number of channels fit")
  func misfits() {
    let operation = Operation.batchNorm(randomBatchNorm(5, seed: 1))
    #expect(operation.outputShape([[5, 2, 3]]) == [5, 2, 3])
    #expect(operation.outputShape([[4, 2, 3]]) == nil)
  }
}
