import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Convolution")
struct ConvolutionTests {
  static let cases: [(shape: Shape, input: Shape, stride: Int, groups: Int)] = [
    ([5, 3, 3, 3], [2, 3, 8, 7], 1, 1), ([5, 3, 3, 3], [2, 3, 8, 7], 2, 1),
    ([4, 6, 1, 1], [2, 6, 5, 5], 2, 1), ([6, 2, 3, 3], [2, 4, 6, 5], 1, 2),
    ([6, 1, 5, 5], [1, 6, 9, 8], 2, 6), ([7, 12, 1, 1], [3, 12, 1, 1], 1, 1),
  ]

  @Test("Values and input gradients agree with the definition", arguments: cases)
  func definition(shape: Shape, input: Shape, stride: Int, groups: Int) {
    let convolution = randomConvolution(shape, stride: stride, groups: groups, seed: 1)
    expectDefinition(of: .convolution(convolution), on: [randomTensor(input, seed: 2)])
  }

  @Test("Gradients of weights agree with numeric differences", arguments: cases)
  func weightGradients(shape: Shape, input: Shape, stride: Int, groups: Int) {
    let convolution = randomConvolution(shape, stride: stride, groups: groups, seed: 3)
    let input = randomTensor(input, seed: 4)
    let outputGradient = randomTensor(convolution(input).shape, seed: 5)
    let gradient = convolution.weightGradient(input: input, outputGradient: outputGradient)
    #expect(gradient.shape == shape)
    let error = differenceError(
      of: gradient,
      from: {
        let output = Operation.convolution(convolution)
          .reference([ReferenceMap(input)], weights: $0)
        return weighted(output.values, by: outputGradient)
      }, at: convolution.weight.doubles)
    #expect(error < 1e-5)
  }

  @Test("With a ReLU, negative sums become zero")
  func relu() {
    let convolution = randomConvolution([4, 3, 3, 3], seed: 6)
    let input = randomTensor([2, 3, 6, 6], seed: 7)
    #expect(convolution(input, relu: true).scalars == convolution(input).scalars.map { max($0, 0) })
  }

  @Test("Other channels, and maps smaller than the kernel, do not fit")
  func misfits() {
    let convolution = Convolution(weight: Tensor(zeros: [4, 3, 5, 5]))
    let operation = Operation.convolution(convolution)
    #expect(operation.outputShape([[3, 5, 9]]) == [4, 1, 5])
    #expect(operation.outputShape([[2, 5, 9]]) == nil)
    #expect(operation.outputShape([[3, 4, 9]]) == nil)
  }
}
