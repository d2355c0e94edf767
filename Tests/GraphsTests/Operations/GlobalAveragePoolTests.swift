import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Global average pooling")
struct GlobalAveragePoolTests {
  @Test("Values and gradients agree with the definition", arguments: [(7, 5), (1, 1), (1, 4)])
  func definition(height: Int, width: Int) {
    expectDefinition(
      of: .globalAveragePool, on: [randomTensor([2, 3, height, width], seed: 1)])
  }
}
