import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Average pooling")
struct AveragePoolTests {
  @Test(
    "Values and gradients agree with the definition, at even and odd sizes",
    arguments: [
      Window(kernel: 2, stride: 2), Window(kernel: 2, stride: 2, roundsUp: true),
      Window(kernel: 3, stride: 2, padding: 1), Window(kernel: 3, stride: 2, roundsUp: true),
      Window(kernel: 3, stride: 2, padding: 1, roundsUp: true),
      Window(kernel: 2, stride: 1, roundsUp: true), Window(kernel: 2, stride: 3, roundsUp: true),
    ])
  func definition(window: Window) {
    for shape in [[2, 3, 7, 9], [1, 2, 8, 5], [1, 2, 6, 6], [1, 2, 3, 4]] as [Shape] {
      expectDefinition(of: .averagePool(window), on: [randomTensor(shape, seed: 1)])
    }
  }

  @Test("A window over the edge has the mean of the pixels that it covers")
  func edge() {
    let input = Tensor(shape: [1, 1, 3, 3], scalars: [1, 2, 3, 4, 5, 6, 7, 8, 9])
    let window = Window(kernel: 2, stride: 2, roundsUp: true)
    let output = Operation.averagePool(window).forward([input], context: .serial)
    #expect(output == Tensor(shape: [1, 1, 2, 2], scalars: [3, 4.5, 7.5, 9]))
  }

  @Test("A map smaller than every window does not fit")
  func misfits() {
    let (whole, over) = (Window(kernel: 2, stride: 2), Window(kernel: 2, stride: 2, roundsUp: true))
    #expect(Operation.averagePool(whole).outputShape([[3, 1, 4]]) == nil)
    #expect(Operation.averagePool(over).outputShape([[3, 1, 4]]) == [3, 1, 2])
  }
}
