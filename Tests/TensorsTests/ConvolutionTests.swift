import Execution
import Tensors
import TestSupport
import Testing

/// The shapes and the geometry of a convolution.
struct ConvolutionCase: CustomTestStringConvertible {
  let images: Shape
  let weights: Shape
  let geometry: ConvolutionGeometry

  init(_ images: Shape, _ weights: Shape, stride: Int = 1, padding: Int = 0, groups: Int = 1) {
    self.images = images
    self.weights = weights
    geometry = ConvolutionGeometry(stride: stride, padding: padding, groups: groups)
  }

  var testDescription: String {
    "\(images) by \(weights), stride \(geometry.stride), padding \(geometry.padding), "
      + "\(geometry.groups) groups"
  }

  var reference: ReferenceConvolution {
    ReferenceConvolution(input: images, weights: weights, geometry)
  }

  /// Cases for each way in which the kernel cuts its work: several small images per tile, one image per
  /// tile, and several tiles of rows per image.
  static let chosen = [
    ConvolutionCase([9, 4, 8, 8], [6, 4, 3, 3], padding: 1),
    ConvolutionCase([600, 5, 1, 1], [7, 5, 1, 1]),
    ConvolutionCase([2, 3, 22, 23], [4, 3, 3, 3], padding: 1),
    ConvolutionCase([2, 3, 37, 41], [4, 3, 7, 7], stride: 2, padding: 3),
    ConvolutionCase([1, 2, 3, 700], [3, 2, 3, 3], padding: 1),
    ConvolutionCase([2, 8, 31, 33], [6, 8, 1, 1]),
    ConvolutionCase([5, 8, 9, 7], [6, 8, 1, 1], stride: 2),
    ConvolutionCase([3, 8, 14, 14], [8, 2, 3, 3], padding: 1, groups: 4),
    ConvolutionCase([2, 6, 40, 30], [12, 1, 3, 3], stride: 2, padding: 1, groups: 6),
    ConvolutionCase([2, 3, 2, 2], [3, 3, 3, 3], padding: 1),
    ConvolutionCase([1, 1, 1, 1], [1, 1, 3, 3], padding: 3),
    ConvolutionCase([3, 2, 5, 4], [2, 2, 2, 3], stride: 3, padding: 2),
    // The direct kernels, if the processor has them, take 3×3 at stride 1, multiples of eight channels and
    // several images.
    ConvolutionCase([2, 8, 1, 1], [8, 8, 3, 3], padding: 1),
    ConvolutionCase([2, 8, 5, 7], [16, 8, 3, 3], padding: 1),
    ConvolutionCase([20, 16, 16, 16], [24, 16, 3, 3], padding: 1),
    ConvolutionCase([3, 128, 31, 33], [8, 128, 3, 3], padding: 1),
  ]

  /// Random cases: strides 1 to 3, paddings 0 to 3, one to three groups, kernels of every shape.
  static let drawn: [ConvolutionCase] = {
    var generator = SplitMix64(seed: 7)
    return (0..<24).map { _ in
      let groups = 1 + generator.index(below: 3)
      let inner = 1 + generator.index(below: 4)
      let kernel = [1 + generator.index(below: 5), 1 + generator.index(below: 5)]
      return ConvolutionCase(
        Shape([
          1 + generator.index(below: 5), groups * inner, 5 + generator.index(below: 20),
          5 + generator.index(below: 20),
        ]),
        Shape([groups * (1 + generator.index(below: 4)), inner] + kernel),
        stride: 1 + generator.index(below: 3), padding: generator.index(below: 4), groups: groups)
    }
  }()

  static let all = chosen + drawn
}

@Suite("Convolution agrees with the sum of its products")
struct ConvolutionTests {
  @Test("Forward, with a bias", arguments: ConvolutionCase.all)
  func forward(_ trial: ConvolutionCase) {
    let images = randomTensor(trial.images, seed: 1)
    let weights = randomTensor(trial.weights, seed: 2)
    let bias = randomTensor([trial.weights[0]], seed: 3)
    let output = images.convolved(with: weights, bias: bias.scalars, trial.geometry)
    #expect(output.shape == trial.reference.output)
    let expected = trial.reference.forward(images.doubles, weights.doubles, bias: bias.doubles)
    #expect(relativeError(output.scalars, expected) < 1e-5)
  }

  @Test("A fused ReLU clips at zero and changes nothing else", arguments: [true, false])
  func relu(hasBias: Bool) {
    let images = randomTensor([3, 4, 9, 9], seed: 4)
    let weights = randomTensor([5, 4, 3, 3], seed: 5)
    let bias = hasBias ? randomTensor([5], seed: 6).scalars : nil
    let geometry = ConvolutionGeometry(padding: 1)
    let plain = images.convolved(with: weights, bias: bias, geometry)
    let rectified = images.convolved(with: weights, bias: bias, geometry, relu: true)
    #expect(rectified.scalars == plain.scalars.map { max($0, 0) })
  }

  @Test("The weights' gradient", arguments: ConvolutionCase.all)
  func weightsGradient(_ trial: ConvolutionCase) {
    let images = randomTensor(trial.images, seed: 8)
    let outputGradient = randomTensor(trial.reference.output, seed: 9)
    let gradient = images.convolutionWeightsGradient(
      outputGradient: outputGradient, weightsShape: trial.weights, trial.geometry)
    #expect(gradient.shape == trial.weights)
    let expected = trial.reference.weightsGradient(images.doubles, outputGradient.doubles)
    #expect(relativeError(gradient.scalars, expected) < 1e-5)
  }

  @Test("The input's gradient", arguments: ConvolutionCase.all)
  func inputGradient(_ trial: ConvolutionCase) {
    let weights = randomTensor(trial.weights, seed: 10)
    let outputGradient = randomTensor(trial.reference.output, seed: 11)
    let gradient = outputGradient.convolutionInputGradient(
      weights: weights, inputShape: trial.images, trial.geometry)
    #expect(gradient.shape == trial.images)
    let expected = trial.reference.inputGradient(weights.doubles, outputGradient.doubles)
    #expect(relativeError(gradient.scalars, expected) < 1e-5)
  }

  @Test("Every number of threads gives the same bits", arguments: ConvolutionCase.chosen)
  func context(_ trial: ConvolutionCase) {
    let images = randomTensor(trial.images, seed: 12)
    let weights = randomTensor(trial.weights, seed: 13)
    let alone = images.convolved(with: weights, bias: nil, trial.geometry)
    for count in [2, 3] {
      let shared = images.convolved(
        with: weights, bias: nil, trial.geometry, context: Context(threads: count))
      #expect(shared == alone)
    }
  }
}
