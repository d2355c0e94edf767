package import Execution
package import Files
package import Tensors

/// The position of a range: anywhere around zero, or symmetric to it.
package enum Symmetry: String, Codable, Sendable, CaseIterable {
  case asymmetric, symmetric
  /// Symmetric at 8 bits and asymmetric below.
  ///
  /// Code − zero point then fits a signed byte at every width, so that no kernel and no runtime has to
  /// correct for a zero point. This costs hardly any accuracy at 8 bits, but more at fewer bits.
  case byWidth = "by-width"

  /// Returns true if grids of `bitWidth` are symmetric.
  package func isSymmetric(at bitWidth: BitWidth) -> Bool {
    switch self {
    case .asymmetric: false
    case .symmetric: true
    case .byWidth: bitWidth == 8
    }
  }
}

/// A quantization grid: x̂ = (code − zeroPoint) · scale, with codes in 0..<levels.
///
/// Zero always has its own code, so padding and the zeros of a ReLU are exact. Rounding is half to
/// even, as in PyTorch and ONNX.
package struct UniformAffine: Equatable, Sendable {
  /// The distance between neighbouring values, positive and finite.
  package let scale: Float
  /// The code of zero, in 0..<levels.
  package let zeroPoint: Int
  /// The width of the codes.
  package let bitWidth: BitWidth

  /// Creates a grid from valid numbers; use `validated` for numbers from a file.
  package init(scale: Float, zeroPoint: Int, bitWidth: BitWidth) {
    precondition(
      Self.flaw(scale: scale, zeroPoint: zeroPoint, bitWidth: bitWidth) == nil,
      "no grid: scale \(scale), zero point \(zeroPoint), \(bitWidth) bits")
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.bitWidth = bitWidth
  }

  /// The smallest scale, so that an all-zero range gives a valid grid, as in BRECQ's reference.
  package static let smallestScale: Float = 1e-8

  /// Returns the grid over the range from `minimum` to `maximum`, widened to include zero.
  ///
  /// Values inside the range are at most half a scale away from the grid.
  /// - asymmetric: scale = (max − min) / (levels − 1), zeroPoint = round(−min / scale).
  /// - symmetric: scale = max(|min|, |max|) / (levels / 2 − 1), zeroPoint = levels / 2. Only values
  ///   outside the range reach code 0.
  ///
  /// A limit that is not finite counts as the nearest finite number, and NaN counts as zero.
  package static func covering(
    minimum: Float, maximum: Float, bitWidth: BitWidth, symmetry: Symmetry = .asymmetric
  ) -> UniformAffine {
    let low = min(0, finite(minimum))
    let high = max(0, finite(maximum))
    let levels = bitWidth.levels
    guard symmetry.isSymmetric(at: bitWidth) else {
      let scale = max(Float((high - low) / Double(levels - 1)), smallestScale)
      let zeroPoint = Int((-low / Double(scale)).rounded(.toNearestOrEven))
      return UniformAffine(
        scale: scale, zeroPoint: min(zeroPoint, levels - 1), bitWidth: bitWidth)
    }
    let widest = min(
      max(-low, high) / Double(levels / 2 - 1), Double(Float.greatestFiniteMagnitude))
    return UniformAffine(
      scale: max(Float(widest), smallestScale), zeroPoint: levels / 2, bitWidth: bitWidth)
  }

  private static func finite(_ limit: Float) -> Double {
    let largest = Float.greatestFiniteMagnitude
    return limit.isNaN ? 0 : Double(min(max(limit, -largest), largest))
  }

  /// The smallest and largest values on the grid.
  package var limits: (minimum: Float, maximum: Float) {
    (Float(-zeroPoint) * scale, Float(bitWidth.levels - 1 - zeroPoint) * scale)
  }

  /// Returns the nearest code of every value, limited to 0..<levels.
  package func quantize(_ values: [Float]) -> [UInt8] { quantize(values[...]) }

  /// Returns the nearest code of every value of a slice.
  package func quantize(_ values: ArraySlice<Float>) -> [UInt8] {
    values.quantizedCodes(scale: scale, zeroPoint: zeroPoint, levels: bitWidth.levels)
  }

  /// Returns the value of every code.
  package func dequantize(_ codes: [UInt8]) -> [Float] {
    [Float](unsafeUninitializedCapacity: codes.count) { values, count in
      codes[...].dequantize(
        scale: scale, zeroPoint: zeroPoint,
        into: UnsafeMutableBufferPointer(rebasing: values[..<codes.count]))
      count = codes.count
    }
  }

  /// The grid in the form that kernels take.
  package var parameters: GridParameters {
    GridParameters(scale: scale, zeroPoint: zeroPoint, levels: bitWidth.levels)
  }

  /// Returns `tensor` with every scalar replaced by the nearest value on the grid.
  package func fakeQuantized(_ tensor: Tensor, context: Context = .serial) -> Tensor {
    var result = tensor
    result.fakeQuantize(
      scale: scale, zeroPoint: zeroPoint, levels: bitWidth.levels, context: context)
    return result
  }

  /// Returns Σ |x − x̂|^power over `values`, or some number above `limit` if it exceeds `limit`.
  package func error(
    of values: ArraySlice<Float>, power: Float, limit: Double = .infinity
  ) -> Double {
    values.quantizationError(
      scale: scale, zeroPoint: zeroPoint, levels: bitWidth.levels, power: power, limit: limit)
  }
}

extension UniformAffine: Codable {
  private enum CodingKeys: String, CodingKey {
    case scale, bitWidth = "bits", zeroPoint = "zero_point"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scale = try container.decode(Float.self, forKey: .scale)
    zeroPoint = try container.decode(Int.self, forKey: .zeroPoint)
    bitWidth = try container.decode(BitWidth.self, forKey: .bitWidth)
    if let flaw = Self.flaw(scale: scale, zeroPoint: zeroPoint, bitWidth: bitWidth) {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: flaw))
    }
  }

  /// Returns a grid read from a file at `place`; throws `badData` if its numbers are not valid.
  package static func validated(
    scale: Float, zeroPoint: Int, bitWidth: BitWidth, at place: String
  ) throws(InputError) -> UniformAffine {
    if let flaw = flaw(scale: scale, zeroPoint: zeroPoint, bitWidth: bitWidth) {
      throw InputError(
        .badPackedFile, "cannot use the quantization grid", at: place, because: flaw,
        try: "write the file again")
    }
    return UniformAffine(scale: scale, zeroPoint: zeroPoint, bitWidth: bitWidth)
  }

  private static func flaw(scale: Float, zeroPoint: Int, bitWidth: BitWidth) -> String? {
    guard scale.isFinite && scale > 0 else { return "the scale is \(scale), not positive" }
    guard (0..<bitWidth.levels).contains(zeroPoint) else {
      return "the zero point is \(zeroPoint), outside 0..<\(bitWidth.levels)"
    }
    return nil
  }
}
