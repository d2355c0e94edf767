package import Files
package import Tensors

/// The scope of a grid: a whole tensor of weights, or one output channel.
package enum Granularity: String, Codable, Sendable, CaseIterable {
  case perTensor = "per-tensor"
  case perChannel = "per-channel"
}

/// Weights as integer codes on grids, as a packed file stores them.
package struct QuantizedTensor: Equatable, Sendable {
  /// The shape of the weights, (OC, C/groups, KH, KW).
  package let shape: Shape
  /// The codes in the order of the weights, each of them below `bitWidth.levels`.
  package let codes: [UInt8]
  /// One grid, or one per output channel, all of the same bit-width.
  package let grids: [UniformAffine]
  /// The scope of each grid.
  package let granularity: Granularity

  package init(
    shape: Shape, codes: [UInt8], grids: [UniformAffine], granularity: Granularity
  ) {
    precondition(codes.count == shape.count, "\(codes.count) codes do not fill \(shape)")
    precondition(
      grids.count == Self.gridCount(shape: shape, granularity: granularity)
        && grids.allSatisfy { $0.bitWidth == grids[0].bitWidth },
      "\(grids.count) grids, \(granularity.rawValue), for \(shape)")
    self.shape = shape
    self.codes = codes
    self.grids = grids
    self.granularity = granularity
  }

  /// The width of the codes.
  package var bitWidth: BitWidth { grids[0].bitWidth }

  /// Returns the number of grids for weights of `shape`.
  package static func gridCount(shape: Shape, granularity: Granularity) -> Int {
    granularity == .perTensor ? 1 : shape[0]
  }

  /// Returns the values of the codes, in the shape of the weights.
  package func dequantized() -> Tensor {
    Tensor(shape: shape) { values in
      let stretch = codes.count / grids.count
      for (index, grid) in grids.enumerated() {
        let range = index * stretch..<(index + 1) * stretch
        codes[range].dequantize(
          scale: grid.scale, zeroPoint: grid.zeroPoint,
          into: UnsafeMutableBufferPointer(rebasing: values[range]))
      }
    }
  }
}

extension QuantizedTensor {
  /// The codes packed at their own width; see `BitPacking`.
  package var packedCodes: [UInt8] { BitPacking.pack(codes, bitWidth: bitWidth) }

  /// The bytes of the packed codes, the scales (Float32) and the zero points (UInt8).
  package var payloadBytes: Int {
    Self.payloadBytes(weightCount: codes.count, gridCount: grids.count, bitWidth: bitWidth)
  }

  /// Returns `payloadBytes` of a tensor with `weightCount` weights and `gridCount` grids.
  package static func payloadBytes(weightCount: Int, gridCount: Int, bitWidth: BitWidth) -> Int {
    BitPacking.byteCount(count: weightCount, bitWidth: bitWidth)
      + gridCount * (MemoryLayout<Float>.size + MemoryLayout<UInt8>.size)
  }

  /// Creates the tensor from its parts in a file at `place`; throws `badData` if they do not fit.
  package init(
    shape: Shape, packedCodes: [UInt8], scales: [Float], zeroPoints: [UInt8], bitWidth: BitWidth,
    granularity: Granularity, at place: String
  ) throws(InputError) {
    let gridCount = Self.gridCount(shape: shape, granularity: granularity)
    guard gridCount > 0, scales.count == gridCount, zeroPoints.count == gridCount else {
      throw InputError(
        .badPackedFile, "cannot read the quantized tensor", at: place,
        because:
          "\(shape) quantized \(granularity.rawValue) needs \(gridCount) grids, but the file has "
          + "\(scales.count) scales and \(zeroPoints.count) zero points",
        try: "write the file again")
    }
    var grids: [UniformAffine] = []
    for (scale, zeroPoint) in zip(scales, zeroPoints) {
      grids.append(
        try .validated(scale: scale, zeroPoint: Int(zeroPoint), bitWidth: bitWidth, at: place))
    }
    let codes = try BitPacking.unpack(
      packedCodes, bitWidth: bitWidth, count: shape.count, at: place)
    self.init(shape: shape, codes: codes, grids: grids, granularity: granularity)
  }
}
