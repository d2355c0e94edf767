import Graphs
import Tensors
import TestSupport
import Testing

@Suite("ReLU")
struct ReLUTests {
  @Test("Values and gradients agree with the definition")
  func definition() {
    let output = expectDefinition(of: .relu, on: [randomTensor([2, 3, 5, 4], seed: 1)])
    #expect(output.scalars.contains(0) && output.scalars.allSatisfy { $0 >= 0 })
  }
}
