package import Quantization
package import Tensors

/// The exact integer weights of a layer: code − zero point.
package struct IntegerWeights: Sendable {
  /// The shape, (OC, C/groups, KH, KW).
  package let shape: Shape
  package let geometry: ConvolutionGeometry
  /// The integers in the order of the codes, from −255 to 255.
  package let values: [Int16]
  /// The largest magnitude.
  package let largestMagnitude: Int
  /// The half sum of each output channel: max(Σ w⁺, −Σ w⁻) over its positive and its negative integers.
  ///
  /// Multiplied by the largest input, it bounds every partial sum of the channel, in any order.
  package let halfSums: [Int]

  package init(_ codes: QuantizedTensor, geometry: ConvolutionGeometry) {
    shape = codes.shape
    self.geometry = geometry
    let length = codes.codes.count / codes.shape[0]
    var (largest, halfSums) = (0, [Int](repeating: 0, count: codes.shape[0]))
    values = [Int16](unsafeUninitializedCapacity: codes.codes.count) { values, count in
      codes.codes.withUnsafeBufferPointer { source in
        for output in halfSums.indices {
          let zero = Int16(codes.grids[codes.grids.count == 1 ? 0 : output].zeroPoint)
          var (positive, negative, most): (Int32, Int32, Int16) = (0, 0, 0)
          for index in output * length..<(output + 1) * length {
            let value = Int16(source[index]) &- zero
            values[index] = value
            let magnitude = value < 0 ? 0 &- value : value
            most = magnitude > most ? magnitude : most
            positive &+= Int32(value > 0 ? value : 0)
            negative &+= Int32(value < 0 ? value : 0)
          }
          halfSums[output] = Int(max(positive, -negative))
          largest = max(largest, Int(most))
        }
      }
      count = codes.codes.count
    }
    self.halfSums = halfSums
    largestMagnitude = largest
  }

  package var outputChannels: Int { shape[0] }
  package var inputChannels: Int { shape[1] * geometry.groups }
  /// The height and width of the windows.
  package var kernel: (height: Int, width: Int) { (shape[2], shape[3]) }
  /// The sum of all integers of each output channel.
  var outputSums: [Int] {
    let length = shape.count / shape[0]
    return (0..<shape[0]).map { output in
      values[output * length..<(output + 1) * length].reduce(0) { $0 + Int($1) }
    }
  }
  /// The largest of `halfSums`.
  package var largestHalfSum: Int { halfSums.max() ?? 0 }
}

extension IntegerWeights {
  /// Returns the weights of one input channel of a layer without groups, (OC, 1, KH, KW).
  func ofColor(_ color: Int) -> IntegerWeights {
    let taps = shape[2] * shape[3]
    var values: [Int16] = []
    for output in 0..<shape[0] {
      let first = (output * shape[1] + color) * taps
      values += self.values[first..<first + taps]
    }
    return IntegerWeights(
      shape: [shape[0], 1, shape[2], shape[3]], geometry: geometry, values: values)
  }

  private init(shape: Shape, geometry: ConvolutionGeometry, values: [Int16]) {
    let length = values.count / shape[0]
    self.shape = shape
    self.geometry = geometry
    self.values = values
    largestMagnitude = values.reduce(0) { max($0, abs(Int($1))) }
    halfSums = (0..<shape[0]).map { output in
      let row = values[output * length..<(output + 1) * length]
      let positive = row.reduce(0) { $0 + max(Int($1), 0) }
      return max(positive, positive - row.reduce(0) { $0 + Int($1) })
    }
  }
}
