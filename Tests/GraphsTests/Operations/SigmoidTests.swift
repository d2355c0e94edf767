import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Sigmoid")
struct SigmoidTests {
  @Test("Values and gradients agree with the definition")
  func definition() {
    expectDefinition(of: .sigmoid, on: [randomTensor([2, 7, 1, 1], seed: 1)])
  }

  @Test("Large inputs of either sign end at 1 and 0")
  func limits() {
    let input = Tensor(shape: [1, 4, 1, 1], scalars: [0, 200, -200, -90])
    let output = Operation.sigmoid.forward([input], context: .serial).scalars
    #expect(output[0...2] == [0.5, 1, 0] && output[3] > 0)
  }
}
