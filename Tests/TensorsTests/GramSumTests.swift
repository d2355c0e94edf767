import Execution
import Tensors
import TestSupport
import Testing

@Suite("The Gram matrix of a convolution's input")
struct GramSumTests {
  @Test(
    "w·G·wᵀ is the mean square of the convolution with w",
    arguments: [
      (ConvolutionGeometry(padding: 1), Shape([8, 6, 3, 3])),
      (ConvolutionGeometry(stride: 2, padding: 1), Shape([8, 6, 3, 3])),
      (ConvolutionGeometry(stride: 2), Shape([8, 6, 1, 1])),
      (ConvolutionGeometry(padding: 1, groups: 3), Shape([9, 2, 3, 3])),
      (ConvolutionGeometry(stride: 2, padding: 3), Shape([4, 6, 7, 7])),
    ])
  func meanSquare(geometry: ConvolutionGeometry, shape: Shape) {
    let images = randomTensor([3, 6, 9, 7], seed: 1)
    let weights = randomTensor(shape, seed: 2)
    var sum = GramSum(weights: shape, geometry: geometry)
    sum.add(images[rows: 0..<1])
    sum.add(images[rows: 1..<3])
    let reference = ReferenceConvolution(input: images.shape, weights: shape, geometry)
    let outputs = reference.forward(images.doubles, weights.doubles)
    let planeSize = reference.output[2] * reference.output[3]
    let meanSquares = (0..<shape[0]).map { channel in
      (0..<3).reduce(0.0) { sum, image in
        let first = (image * shape[0] + channel) * planeSize
        return outputs[first..<first + planeSize].reduce(sum) { $0 + $1 * $1 }
      } / Double(3 * planeSize)
    }
    let rowsPerGroup = shape[0] / geometry.groups
    let forms = (0..<shape[0]).map { channel in
      quadraticForm(weights[rows: channel..<channel + 1], sum.means()[channel / rowsPerGroup])
    }
    #expect(relativeError(forms.map(Float.init), meanSquares) < 1e-5)
  }

  @Test("With a limit, some windows of each image are used, from all columns")
  func sampling() {
    // Each pixel's value is its column.
    let image = Tensor(shape: [1, 1, 8, 12], scalars: (0..<96).map { Float($0 % 12) })
    let all = Tensor(joining: [Tensor](repeating: image, count: 13))
    var full = GramSum(weights: [1, 1, 1, 1], geometry: .init())
    full.add(all)
    var sampled = GramSum(weights: [1, 1, 1, 1], geometry: .init(), positionLimit: 8)
    sampled.add(all)
    // The step is 96 / 8 = 12, raised to 13 because it must share no divisor with the width 12. Thirteen
    // images use every pixel once, except the last five, which do not fill a step.
    let seen = (0..<91).reduce(0.0) { $0 + Double(($1 % 12) * ($1 % 12)) } / 91
    #expect(abs(Double(sampled.means()[0].scalars[0]) - seen) < 1e-4)
    #expect(abs(full.means()[0].scalars[0] - 506 / 12) < 1e-4)
  }

  @Test(
    "The sum over all windows of a 3×3 kernel equals the sum over patches, also on tiny maps",
    arguments: [(1, 1), (1, 4), (2, 1), (2, 2), (3, 3), (5, 4)])
  func allWindows(height: Int, width: Int) {
    let images = randomTensor([3, 4, height, width], seed: 5)
    // Each kernel picks one entry of a patch, so the outputs are the patches.
    let picking = Tensor(shape: [36, 4, 3, 3], scalars: (0..<36 * 36).map { $0 % 37 == 0 ? 1 : 0 })
    let patches = images.convolved(with: picking, bias: nil, .init(padding: 1)).doubles
    var sum = GramSum(weights: picking.shape, geometry: .init(padding: 1))
    sum.add(images[rows: 0..<2])
    sum.add(images[rows: 2..<3])
    let (count, planeSize) = (3 * height * width, height * width)
    let expected = (0..<36 * 36).map { entry in
      (0..<count).reduce(0.0) { total, position in
        let first = position / planeSize * 36 * planeSize + position % planeSize
        return total + patches[first + entry / 36 * planeSize]
          * patches[first + entry % 36 * planeSize]
      } / Double(count)
    }
    #expect(relativeError(sum.means()[0].scalars, expected) < 1e-6)
  }

  @Test(
    "It is symmetric and depends neither on the number of threads nor on the batches",
    arguments: [20, 36])
  func context(positionLimit: Int) {
    let images = randomTensor([5, 40, 6, 6], seed: 3)
    func means(_ context: Context, batch: Int) -> [Tensor] {
      var sum = GramSum(
        weights: [2, 40, 3, 3], geometry: .init(padding: 1), positionLimit: positionLimit)
      for first in stride(from: 0, to: 5, by: batch) {
        sum.add(images[rows: first..<min(first + batch, 5)], context: context)
      }
      return sum.means(context: context)
    }
    let expected = means(.serial, batch: 5)
    #expect(means(Context(threads: 3), batch: 5) == expected)
    let apart = means(.serial, batch: 2)
    #expect(relativeError(apart[0].scalars, expected[0].scalars) < 1e-6)
    let size = expected[0].shape[0]
    #expect(size == 360)
    #expect(
      (0..<size * size).allSatisfy {
        expected[0].scalars[$0] == expected[0].scalars[$0 % size * size + $0 / size]
      })
  }

  private func quadraticForm(_ row: Tensor, _ matrix: Tensor) -> Double {
    let (size, row, matrix) = (matrix.shape[0], row.doubles, matrix.doubles)
    return (0..<size * size).reduce(0.0) {
      $0 + row[$1 / size] * matrix[$1] * row[$1 % size]
    }
  }
}
