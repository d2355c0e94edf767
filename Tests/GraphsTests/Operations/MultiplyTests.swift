import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Product with gates")
struct MultiplyTests {
  @Test("Values and both gradients agree with the definition")
  func definition() {
    expectDefinition(
      of: .multiply,
      on: [randomTensor([2, 3, 4, 5], seed: 1), randomTensor([2, 3, 1, 1], seed: 2)])
  }

  @Test("Every map has one gate")
  func misfits() {
    #expect(Operation.multiply.outputShape([[3, 4, 5], [3, 1, 1]]) == [3, 4, 5])
    #expect(Operation.multiply.outputShape([[3, 4, 5], [3, 4, 5]]) == nil)
    #expect(Operation.multiply.outputShape([[3, 4, 5], [1, 1, 1]]) == nil)
  }
}
