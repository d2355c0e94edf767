import Tensors
import TestSupport
import Testing

@Suite("Pooling and reductions")
struct ReductionTests {
  @Test(
    "Max pooling takes the largest pixel of each window inside the image",
    arguments: [
      (3, 2, 1), (2, 2, 0), (3, 1, 1), (5, 3, 2),
    ])
  func maxPooling(kernel: Int, stride: Int, padding: Int) {
    let images = randomTensor([2, 3, 11, 8], seed: 1)
    let pooled = images.maxPooled(kernel: kernel, stride: stride, padding: padding)
    let height = (11 + 2 * padding - kernel) / stride + 1
    let width = (8 + 2 * padding - kernel) / stride + 1
    #expect(pooled.shape == [2, 3, height, width])
    var expected: [Float] = []
    for plane in 0..<6 {
      for y in 0..<height {
        for x in 0..<width {
          let rows = (y * stride - padding..<y * stride - padding + kernel).clamped(to: 0..<11)
          let columns = (x * stride - padding..<x * stride - padding + kernel).clamped(to: 0..<8)
          let window = rows.flatMap { row in
            columns.map { images.scalars[(plane * 11 + row) * 8 + $0] }
          }
          expected.append(window.max() ?? .nan)
        }
      }
    }
    #expect(pooled.scalars == expected)
  }

  @Test("Padding never wins, even if every pixel is negative")
  func paddingNeverWins() {
    let images = Tensor(shape: [1, 1, 2, 2], scalars: [-4, -3, -2, -1])
    #expect(images.maxPooled(kernel: 3, stride: 2, padding: 1).scalars == [-1])
    let lowest = Tensor(shape: [1, 1, 1, 2], scalars: [-.infinity, -.greatestFiniteMagnitude])
    #expect(
      lowest.maxPooled(kernel: 1, stride: 1, padding: 0).scalars == lowest.scalars)
  }

  @Test("A maximum's gradient goes to the first largest pixel of its window")
  func maxPoolGradient() {
    let images = randomTensor([2, 3, 6, 5], seed: 3)
    let outputGradient = randomTensor([2, 3, 3, 3], seed: 4)
    let gradient = images.maxPoolGradient(
      outputGradient: outputGradient, kernel: 3, stride: 2, padding: 1)
    for index in stride(from: 0, to: images.scalars.count, by: 7) {
      var moved = images
      moved.scalars[index] += 1e-4
      let slope = zip(
        moved.maxPooled(kernel: 3, stride: 2, padding: 1).doubles,
        images.maxPooled(kernel: 3, stride: 2, padding: 1).doubles
      ).enumerated().reduce(0.0) {
        $0 + outputGradient.doubles[$1.offset] * ($1.element.0 - $1.element.1) / 1e-4
      }
      #expect(abs(Double(gradient.scalars[index]) - slope) < 1e-2)
    }

    let alike = Tensor(shape: [1, 1, 2, 2], scalars: [5, 5, 5, 5])
    let one = Tensor(shape: [1, 1, 1, 1], scalars: [3])
    #expect(
      alike.maxPoolGradient(outputGradient: one, kernel: 3, stride: 2, padding: 1).scalars
        == [3, 0, 0, 0])
  }

  @Test("Mean pooling averages every plane in Double")
  func meanPooling() {
    let images = randomTensor([3, 5, 7, 9], seed: 2)
    let pooled = images.meanPooled()
    #expect(pooled.shape == [3, 5, 1, 1])
    let planes = stride(from: 0, to: images.scalars.count, by: 63)
    let means = planes.map { images.doubles[$0..<$0 + 63].reduce(0, +) / 63 }
    #expect(relativeError(pooled.scalars, means) < 1e-7)

    // In Float, 2²⁴ + 1 would be lost.
    let large = Tensor(shape: [1, 1, 1, 4], scalars: [16_777_216, 1, 1, 2])
    #expect(large.meanPooled().scalars == [4_194_305])
  }

  @Test("The dot product of some rows")
  func dotProduct() {
    let (first, second) = (randomTensor([5, 23], seed: 5), randomTensor([5, 23], seed: 6))
    let expected = (46..<92).reduce(0.0) { $0 + first.doubles[$1] * second.doubles[$1] }
    #expect(abs(first.dotProduct(with: second, rows: 2..<4) - expected) < 1e-12)
  }

  @Test("The argmax of a row is the first of its largest scalars")
  func argmax() {
    let rows = Tensor(shape: [3, 3], scalars: [1, 3, 2, 5, 5, 5, -2, -3, -1])
    #expect(rows.argmaxOfRows() == [1, 0, 2])
  }

  @Test(
    "The relative difference is divided by the largest magnitude; with NaN it is infinite")
  func relativeDifference() {
    let reference = Tensor(shape: [2, 2], scalars: [1, -8, 2, 0])
    func difference(_ scalars: [Float]) -> Double {
      Tensor(shape: [2, 2], scalars: scalars).relativeDifference(from: reference)
    }
    #expect(difference([1, -8, 2, 0]) == 0)
    #expect(difference([1, -6, 2, 1]) == 0.25)
    #expect(difference([1, -8, .nan, 0]) == .infinity)
    #expect(difference([.infinity, -8, 2, 0]) == .infinity)
    let zero = Tensor(zeros: [2, 2])
    #expect(reference.relativeDifference(from: zero) == 8)
  }
}
