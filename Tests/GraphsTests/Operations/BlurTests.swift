import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Blur before a stride")
struct BlurTests {
  @Test(
    "Values and gradients agree with the definition, mirrored edges included",
    arguments: [1, 2, 3], [[2, 3, 7, 5], [1, 2, 6, 8], [1, 1, 2, 3], [1, 2, 2, 2]] as [Shape])
  func definition(stride: Int, shape: Shape) {
    expectDefinition(of: .blur(Blur(stride: stride)), on: [randomTensor(shape, seed: 1)])
  }

  @Test("A pixel beyond the edge is the mirror image of the one beside it")
  func edges() {
    let input = Tensor(shape: [1, 1, 2, 2], scalars: [16, 0, 0, 0])
    let output = Operation.blur(Blur(stride: 1)).forward([input], context: .serial)
    // [1 2 1] at the edge is half of a pixel and half of its neighbour.
    #expect(output == Tensor(shape: input.shape, scalars: [4, 4, 4, 4]))
  }

  @Test("A constant map does not change; a map of one row cannot be mirrored")
  func constant() {
    let input = Tensor(shape: [1, 1, 5, 4], scalars: [Float](repeating: 3, count: 20))
    let output = Operation.blur(Blur(stride: 2)).forward([input], context: .serial)
    #expect(output == Tensor(shape: [1, 1, 3, 2], scalars: [Float](repeating: 3, count: 6)))
    #expect(Operation.blur(Blur(stride: 2)).outputShape([[4, 1, 6]]) == nil)
  }
}
