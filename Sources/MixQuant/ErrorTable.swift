package import Graphs
package import Quantization

/// What the numbers of an error table are; less is better in all of them.
package enum ErrorQuantity: Equatable, Sendable {
  /// How far rounded weights are from the weights.
  case roundoff(ErrorMetric)
  /// The estimated KL divergence, in nats, that rounding one row adds to the network's output.
  case divergence
  /// The noise in the logits over the signal, in power, where only this row is rounded.
  case outputNoise
  /// None: the table only says which rows there are.
  case unmeasured

  /// As in reports.
  package var name: String {
    switch self {
    case .roundoff(let metric): metric.rawValue
    case .divergence: "kl"
    case .outputNoise: "noise-to-signal"
    case .unmeasured: "none"
    }
  }
}

/// The error of every layer, or site of activations, at every bit-width: all that an allocator looks at.
package struct ErrorTable: Equatable, Sendable {
  /// What the errors are.
  package let quantity: ErrorQuantity
  /// The architecture the table was measured on.
  package let model: String
  /// The first rows, in module order.
  package let layers: [WeightLayer]
  /// The rows behind them, in network order.
  package let sites: [SiteSize]
  // rows × (2...8)
  private let values: [[Double]]

  /// The table of `values`: one row a layer, each with the errors at 2, 3, … 8 bits; infinite where
  /// nobody measured.
  package init(
    model: String, quantity: ErrorQuantity, layers: [WeightLayer], sites: [SiteSize] = [],
    values: [[Double]]
  ) {
    let rowCount = layers.count + sites.count
    precondition(
      values.count == rowCount && values.allSatisfy { $0.count == BitWidth.all.count },
      "\(values.count) rows of errors for \(rowCount) layers and sites")
    self.model = model
    self.quantity = quantity
    self.layers = layers
    self.sites = sites
    self.values = values
  }

  /// The rows of both tables, this one's quantity standing for both.
  package func appending(_ other: ErrorTable) -> ErrorTable {
    precondition(sites.isEmpty && other.layers.isEmpty, "layers come before sites")
    return ErrorTable(
      model: model, quantity: quantity, layers: layers, sites: other.sites,
      values: values + other.values)
  }

  /// The error of the row at `index`.
  package subscript(index: Int, bitWidth: BitWidth) -> Double {
    values[index][bitWidth.bits - BitWidth.range.lowerBound]
  }

  /// The row's error over its own at 8 bits.
  ///
  /// Where a row is exact at 8 bits, 1 if it is exact at `bitWidth` too, and infinite if not.
  package func ratio(_ index: Int, _ bitWidth: BitWidth) -> Double {
    let (error, baseline) = (self[index, bitWidth], self[index, 8])
    guard baseline > 0 else { return error > 0 ? .infinity : 1 }
    return error / baseline
  }
}
