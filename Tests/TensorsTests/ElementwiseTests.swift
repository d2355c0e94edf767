import Tensors
import TestSupport
import Testing

@Suite("Elementwise operations")
struct ElementwiseTests {
  private let first = randomTensor([3, 4, 5, 7], seed: 1)
  private let second = randomTensor([3, 4, 5, 7], seed: 2)

  @Test("ReLU")
  func relu() {
    var tensor = first
    tensor.relu()
    #expect(tensor.scalars == first.scalars.map { max($0, 0) })
  }

  @Test("Addition, and addition followed by a ReLU")
  func addition() {
    var sum = first
    sum.add(second)
    #expect(sum.scalars == zip(first.scalars, second.scalars).map { $0 + $1 })
    var rectified = first
    rectified.addThenReLU(second)
    #expect(rectified.scalars == sum.scalars.map { max($0, 0) })
  }

  @Test("A ReLU passes no gradient if its output is zero")
  func mask() {
    var output = first
    output.relu()
    var gradient = second
    gradient.maskWhereZero(output)
    #expect(
      gradient.scalars == zip(first.scalars, second.scalars).map { $0 > 0 ? $1 : 0 })
  }

  @Test("Every channel has its own scale and shift")
  func scaleAndShift() {
    let scale: [Float] = [0.5, -2, 3, 0.25]
    let shift: [Float] = [1, -1, 0.5, 8]
    var tensor = first
    tensor.scaleAndShiftChannels(scale: scale, shift: shift)
    let expected = first.scalars.enumerated().map { index, value in
      let channel = index / 35 % 4
      return value * scale[channel] + shift[channel]
    }
    #expect(relativeError(tensor.scalars, expected) < 1e-6)
  }
}
