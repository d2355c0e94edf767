internal import Graphs
internal import Quantization
package import Tensors

/// The codes of one image at one place of a network, (C, H, W), as plain maps.
package struct CodeMaps: Sendable, Equatable {
  package let shape: Shape
  package var codes: [UInt8]

  /// Returns code − zero point of every code, (1, C, H, W).
  func integers(zeroPoint: Int) -> Tensor {
    Tensor(shape: Shape([1] + shape.dimensions), scalars: codes.map { Float(Int($0) - zeroPoint) })
  }

  /// Returns the values of the codes on `grid`, (1, C, H, W).
  func values(_ grid: UniformAffine) -> Tensor {
    Tensor(shape: Shape([1] + shape.dimensions), scalars: grid.dequantize(codes))
  }

  /// Returns the codes of the floats `values` (1, C, H, W).
  init(rounding values: Tensor, to grid: UniformAffine) {
    shape = values.imageShape
    codes = grid.quantize(values.scalars)
  }

  init(shape: Shape, codes: [UInt8]) {
    self.shape = shape
    self.codes = codes
  }
}

/// The value of a node for one image.
package enum CodeValue: Sendable, Equatable {
  case codes(CodeMaps)
  /// Floats, (1, C, H, W).
  case floats(Tensor)
}

extension CodeValue {
  /// Creates the codes of `results` (C, H, W), or keeps them as floats if `codes` is nil.
  init(_ results: [Float], shape: Shape, codes: CodeRange?) {
    self =
      codes.map { range in .codes(CodeMaps(shape: shape, codes: results.map(range.code))) }
      ?? .floats(Tensor(shape: Shape([1] + shape.dimensions), scalars: results))
  }
}
