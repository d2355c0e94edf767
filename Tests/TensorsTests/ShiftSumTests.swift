import Execution
import Tensors
import TestSupport
import Testing

@Suite("The shift of weights that makes up for replaced inputs")
struct ShiftSumTests {
  private static let geometries: [(ConvolutionGeometry, Shape)] = [
    (ConvolutionGeometry(padding: 1), [8, 6, 3, 3]),
    (ConvolutionGeometry(stride: 2), [5, 6, 1, 1]),
    (ConvolutionGeometry(padding: 1, groups: 3), [9, 2, 3, 3]),
  ]

  @Test(
    "The shift is the weight gradient of the outputs' difference, a mean over positions",
    arguments: geometries)
  func shift(geometry: ConvolutionGeometry, shape: Shape) {
    let originals = randomTensor([5, 6, 7, 5], seed: 1)
    let images = randomTensor([5, 6, 7, 5], seed: 2)
    let weight = randomTensor(shape, seed: 3)
    var sum = ShiftSum(weight: weight, geometry: geometry)
    sum.add(images[rows: 0..<2], insteadOf: originals[rows: 0..<2])
    sum.add(images[rows: 2..<5], insteadOf: originals[rows: 2..<5])

    let lost = originals.convolved(with: weight, bias: nil, geometry)
      .subtracting(images.convolved(with: weight, bias: nil, geometry))
    let gradient = images.convolutionWeightsGradient(
      outputGradient: lost, weightsShape: shape, geometry)
    let positions = Float(lost.scalars.count / shape[0])
    #expect(
      relativeError(sum.shift.scalars, gradient.scalars.map { Double($0 / positions) }) < 1e-5)

    var gram = GramSum(weights: shape, geometry: geometry)
    gram.add(images[rows: 0..<2])
    gram.add(images[rows: 2..<5])
    #expect(sum.grams() == gram.means())
  }

  @Test("Inputs that did not change give no shift")
  func nothing() {
    let images = randomTensor([2, 6, 7, 5], seed: 4)
    var sum = ShiftSum(weight: randomTensor([4, 6, 3, 3], seed: 5), geometry: .init(padding: 1))
    sum.add(images, insteadOf: images)
    #expect(sum.shift.scalars.allSatisfy { $0 == 0 })
  }

  @Test("It does not depend on the number of threads")
  func context() {
    let images = randomTensor([9, 40, 6, 6], seed: 6)
    let originals = randomTensor([9, 40, 6, 6], seed: 7)
    let weight = randomTensor([70, 40, 3, 3], seed: 8)
    let shifts = [1, 3].map { count in
      var sum = ShiftSum(weight: weight, geometry: .init(padding: 1), positionLimit: 20)
      sum.add(images, insteadOf: originals, context: Context(threads: count))
      return sum.shift
    }
    #expect(shifts[0] == shifts[1])
  }
}
