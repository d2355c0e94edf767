import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Sum")
struct AddTests {
  @Test("Values and gradients agree with the definition")
  func definition() {
    expectDefinition(
      of: .add, on: [randomTensor([2, 3, 4, 5], seed: 1), randomTensor([2, 3, 4, 5], seed: 2)])
  }

  @Test("Only maps of one shape have a sum")
  func misfits() {
    #expect(Operation.add.outputShape([[3, 4, 5], [3, 4, 5]]) == [3, 4, 5])
    #expect(Operation.add.outputShape([[3, 4, 5], [3, 5, 4]]) == nil)
  }
}
