package import Quantization

/// What the numbers of an error table are; less is better in all of them.
package enum ErrorQuantity: Equatable, Sendable {
  /// How far rounded weights are from the weights.
  case roundoff(ErrorMetric)
  /// The estimated KL divergence, in nats, that rounding one layer adds to the network's output.
  case divergence
  /// The noise in the logits over the signal, in power, where only this layer is rounded.
  case outputNoise

  /// As in reports.
  package var name: String {
    switch self {
    case .roundoff(let metric): metric.rawValue
    case .divergence: "kl"
    case .outputNoise: "noise-to-signal"
    }
  }
}

/// The error of every layer at every bit-width: all that an allocator looks at.
package struct ErrorTable: Equatable, Sendable {
  /// What the errors are.
  package let quantity: ErrorQuantity
  /// The architecture the table was measured on.
  package let model: String
  /// The rows, in module order.
  package let layers: [WeightLayer]
  // layers × (2...8)
  private let values: [[Double]]

  /// The table of `values`: one row a layer, each with the errors at 2, 3, … 8 bits; infinite where
  /// nobody measured.
  package init(
    model: String, quantity: ErrorQuantity, layers: [WeightLayer], values: [[Double]]
  ) {
    precondition(
      values.count == layers.count && values.allSatisfy { $0.count == BitWidth.all.count },
      "\(values.count) rows of errors for \(layers.count) layers")
    self.model = model
    self.quantity = quantity
    self.layers = layers
    self.values = values
  }

  /// The error of the layer at `index`.
  package subscript(index: Int, bitWidth: BitWidth) -> Double {
    values[index][bitWidth.bits - BitWidth.range.lowerBound]
  }

  /// The layer's error over its own at 8 bits.
  ///
  /// Where a layer is exact at 8 bits, 1 if it is exact at `bitWidth` too, and infinite if not.
  package func ratio(_ index: Int, _ bitWidth: BitWidth) -> Double {
    let (error, baseline) = (self[index, bitWidth], self[index, 8])
    guard baseline > 0 else { return error > 0 ? .infinity : 1 }
    return error / baseline
  }
}
