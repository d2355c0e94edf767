import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Subsampling between channels of zeros")
struct SubsampleTests {
  @Test(
    "Values and gradients agree with the definition",
    arguments: [(2, 3), (1, 1), (2, 0), (3, 2)], [[2, 3, 7, 6], [1, 2, 1, 5]] as [Shape])
  func definition(_ numbers: (stride: Int, padding: Int), shape: Shape) {
    let subsample = Subsample(stride: numbers.stride, padding: numbers.padding)
    expectDefinition(of: .subsample(subsample), on: [randomTensor(shape, seed: 1)])
  }
}
