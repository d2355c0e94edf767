package import CKernels

/// The numbers that requantize the sums of a layer, with the places of its result and its residual.
///
/// Its arrays have an entry for each padded output channel.
package struct IntegerEpilogue: Sendable {
  private let integerBias: KernelMemory?
  private let multipliers: KernelMemory
  private let bias: KernelMemory?
  private let numbers: Requantization
  /// The place of the residual, if there is one.
  package let residual: IntegerPlace?
  /// The place of the result.
  package let output: IntegerPlace
  /// The extents of the result.
  package let shape: CodeShape

  /// Creates the epilogue of a layer whose result has `shape`.
  ///
  /// - Parameters:
  ///   - residual: The place of the residual, codes or sums, if `numbers` have one.
  ///   - output: The place of the result, codes or sums.
  package init(
    _ numbers: Requantization, shape: CodeShape, residual: IntegerPlace?, output: IntegerPlace
  ) {
    let missing = shape.paddedChannels - shape.channels
    integerBias = numbers.integerBias.map {
      KernelMemory($0 + [Int32](repeating: 0, count: missing))
    }
    multipliers = KernelMemory(numbers.multipliers + [Float](repeating: 0, count: missing))
    bias = numbers.bias.map { KernelMemory($0 + [Float](repeating: 0, count: missing)) }
    self.numbers = numbers
    self.residual = residual
    self.output = output
    self.shape = shape
  }

  /// Returns the parameters for a region whose first image is `image`.
  package func kernel(_ image: Int) -> ck_requantization {
    var kernel = ck_requantization(numbers.codes)
    kernel.integer_bias = integerBias.map { UnsafePointer($0.pointer(Int32.self)) }
    kernel.multipliers = UnsafePointer(multipliers.pointer(Float.self))
    kernel.bias = bias.map { UnsafePointer($0.pointer(Float.self)) }
    if case .codes(let zeroPoint, let multiplier)? = numbers.residual {
      kernel.residual_zero_point = Int32(zeroPoint)
      kernel.residual_multiplier = multiplier
    }
    switch residual {
    case .codes(let codes)?: kernel.residual_codes = UnsafePointer(codes.image(image))
    case .sums(let sums)?: kernel.residual_sums = UnsafePointer(sums.image(image))
    default: break
    }
    return kernel
  }

  /// Returns the place of the output from `image` on.
  package func output(_ image: Int) -> ck_output { output.kernel(image) }
}

extension ck_requantization {
  /// The parameters that turn scaled sums into codes of `range`.
  init(_ range: CodeRange?) {
    self.init()
    zero_point = Int32(range?.zeroPoint ?? 0)
    low = Int32(range?.low ?? 0)
    high = Int32(range?.high ?? 0)
  }
}

extension IntegerPlace {
  /// Returns the place from `image` on; it must be codes or sums.
  func kernel(_ image: Int) -> ck_output {
    switch self {
    case .codes(let codes): ck_output(codes: codes.image(image), sums: nil)
    case .sums(let sums): ck_output(codes: nil, sums: sums.image(image))
    default: preconditionFailure("kernels write codes or sums")
    }
  }
}
