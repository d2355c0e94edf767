import Quantization
import Tensors

/// The integers that an ONNX file stores for a layer's weights.
///
/// Runtimes are fastest with int8 and zero point 0, so c − z is stored where it fits. If it fits even
/// after a shift by k bits, it is stored shifted and the scale divided by 2^k. This is the same weight,
/// but the bias, which runtimes round to the product of the scales of input and weight, gets a finer
/// grid.
package struct StoredWeights: Sendable {
  /// The type of the integers.
  package enum Container: String, Sendable {
    case int8, uint8, int4, uint4

    /// True if the runtimes' kernels for integers take the type.
    var isByte: Bool { self == .int8 || self == .uint8 }
  }

  /// The width of the container.
  package enum Width: String, CaseIterable, Sendable {
    case int8
    /// Two codes in a byte for layers of at most 4 bits.
    case int4
  }

  let shape: Shape
  let container: Container
  /// The integers in the order of the weights.
  let values: [Int16]
  /// One scale, or one per output channel.
  let scales: [Float]
  let zeroPoints: [Int]
  /// The k of each scale.
  let shifts: [Int]

  /// The largest magnitude after a shift: sums of two products with 8-bit codes then fit 16 bits, which
  /// processors without VNNI need.
  private static let largestShifted = 64

  /// Stores `codes`.
  ///
  /// - Parameter smallestScales: The smallest scale to which each grid may be divided, so that the
  ///   bias in its units fits 32 bits; nil if there is no limit.
  init(_ codes: QuantizedTensor, width: Width = .int8, smallestScales: [Float]? = nil) {
    shape = codes.shape
    let grids = codes.grids
    let stretch = codes.codes.count / grids.count
    if width == .int4, codes.bitWidth <= 4 {
      let isSymmetric = grids.allSatisfy { $0.zeroPoint == 8 }
      container = isSymmetric ? .int4 : .uint4
      values = codes.codes.map { Int16($0) - (isSymmetric ? 8 : 0) }
      scales = grids.map(\.scale)
      zeroPoints = grids.map { isSymmetric ? 0 : $0.zeroPoint }
      shifts = [Int](repeating: 0, count: grids.count)
      return
    }
    guard codes.fitsInt8 else {
      container = .uint8
      values = codes.codes.map(Int16.init)
      scales = grids.map(\.scale)
      zeroPoints = grids.map(\.zeroPoint)
      shifts = [Int](repeating: 0, count: grids.count)
      return
    }
    container = .int8
    shifts = grids.indices.map { index in
      let magnitude = codes.magnitude(ofGrid: index)
      let smallest = smallestScales?[index] ?? UniformAffine.smallestScale / 64
      var shift = 0
      while magnitude > 0, magnitude << (shift + 1) <= Self.largestShifted,
        grids[index].scale / Float(2 << shift) >= smallest
      { shift += 1 }
      return shift
    }
    let found = shifts
    values = codes.codes.indices.map { place in
      let grid = place / stretch
      return Int16((Int(codes.codes[place]) - grids[grid].zeroPoint) << found[grid])
    }
    scales = zip(grids, shifts).map { $0.scale / Float(1 << $1) }
    zeroPoints = [Int](repeating: 0, count: grids.count)
  }

  /// True if every channel has its own scale.
  var isPerChannel: Bool { scales.count > 1 }

  /// Returns the scale of an output channel.
  func scale(ofChannel channel: Int) -> Float { scales[scales.count == 1 ? 0 : channel] }
}

extension QuantizedTensor {
  /// True if every c − z fits a signed byte.
  var fitsInt8: Bool {
    let stretch = codes.count / grids.count
    return codes.indices.allSatisfy { place in
      (-128...127).contains(Int(codes[place]) - grids[place / stretch].zeroPoint)
    }
  }

  /// Returns the largest |c − z| of a grid.
  fileprivate func magnitude(ofGrid index: Int) -> Int {
    let stretch = codes.count / grids.count
    return codes[index * stretch..<(index + 1) * stretch].reduce(0) {
      max($0, abs(Int($1) - grids[index].zeroPoint))
    }
  }
}
