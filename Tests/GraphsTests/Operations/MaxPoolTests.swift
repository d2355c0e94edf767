import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Max pooling")
struct MaxPoolTests {
  @Test(
    "Values and gradients agree with the definition",
    arguments: [
      Window(kernel: 3, stride: 2, padding: 1), Window(kernel: 2, stride: 2),
      Window(kernel: 3, stride: 1, padding: 1), Window(kernel: 3, stride: 3),
    ])
  func definition(window: Window) {
    for shape in [[2, 3, 7, 9], [1, 2, 8, 5]] as [Shape] {
      expectDefinition(of: .maxPool(window), on: [randomTensor(shape, seed: 1)])
    }
  }

  @Test("Padding never wins, even if all pixels are negative")
  func padding() {
    var input = randomTensor([1, 2, 5, 5], seed: 2)
    input.scalars = input.scalars.map { -1 - abs($0) }
    let output = expectDefinition(
      of: .maxPool(Window(kernel: 3, stride: 2, padding: 1)), on: [input])
    #expect(output.scalars.allSatisfy { $0 <= -1 })
  }
}
