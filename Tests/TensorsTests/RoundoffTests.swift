import Tensors
import TestSupport
import Testing

@Suite("Roundoff")
struct RoundoffTests {
  let grids = [
    GridParameters(scale: 0.9, zeroPoint: 1, levels: 4),
    GridParameters(scale: 0.3, zeroPoint: 9, levels: 16),
    GridParameters(scale: 0.02, zeroPoint: 130, levels: 256),
  ]

  @Test(
    "Sums agree with rounding weight by weight, for any number of weights",
    arguments: [1, 15, 16, 17, 1024, 1025, 5000])
  func reference(count: Int) {
    var weights = randomTensor([count], seed: UInt64(count)).scalars
    weights[count / 2] = 0
    let relative = weights[...].roundoff(on: grids, isRelative: true)
    let squares = weights[...].roundoff(on: grids, isRelative: false)
    #expect(relative.counted == count - 1 && squares.counted == count)
    for (index, levels) in [4, 16, 256].enumerated() {
      let (scale, zero): (Float, Float) = [(0.9, 1), (0.3, 9), (0.02, 130)][index]
      var (expectedRelative, expectedSquares) = (0.0, 0.0)
      for weight in weights {
        let code = min(max((weight / scale).rounded(.toNearestOrEven) + zero, 0), Float(levels - 1))
        let error = abs(Double(weight) - Double((code - zero) * scale))
        expectedRelative += weight == 0 ? 0 : error / Double(abs(weight))
        expectedSquares += error * error
      }
      #expect(abs(relative.sums[index] - expectedRelative) <= 1e-5 * expectedRelative)
      #expect(abs(squares.sums[index] - expectedSquares) <= 1e-5 * expectedSquares)
    }
  }

  @Test("Weights on the grid have no error; tiny weights have a relative error of 1")
  func ends() {
    let exact: [Float] = [-0.3, 0.6, 1.8, -2.7]
    let onGrid = exact[...].roundoff(on: [grids[1]], isRelative: true)
    #expect(onGrid.sums[0] < 1e-6)
    let tiny: [Float] = [1e-30, -1e-37]
    #expect(abs(tiny[...].roundoff(on: grids, isRelative: true).sums[0] - 2) < 1e-6)
  }
}
