package import Graphs
package import Quantization

/// The meaning of the numbers in an error table; smaller is always better.
package enum ErrorQuantity: Equatable, Sendable {
  /// The distance of rounded weights from the original weights.
  case roundoff(ErrorMetric)
  /// The estimated KL divergence, in nats, that rounding one row adds to the network's output.
  case divergence
  /// The ratio of noise power to signal power in the logits if only this row is rounded.
  case outputNoise
  /// No errors; the table only lists the rows.
  case unmeasured

  /// The name in reports.
  package var name: String {
    switch self {
    case .roundoff(let metric): metric.rawValue
    case .divergence: "kl"
    case .outputNoise: "noise-to-signal"
    case .unmeasured: "none"
    }
  }
}

/// The errors of all layers, or sites of activations, at every bit-width: an allocator's input.
package struct ErrorTable: Equatable, Sendable {
  /// The meaning of the errors.
  package let quantity: ErrorQuantity
  /// The name of the architecture that was measured.
  package let model: String
  /// The layers of the first rows, in module order.
  package let layers: [WeightLayer]
  /// The sites of the rows after them, in network order.
  package let sites: [SiteSize]
  // The errors, with the shape rows × (2...8).
  private let values: [[Double]]

  /// Creates a table with one row per layer and then one per site.
  ///
  /// Each row of `values` holds the errors at 2, 3, … 8 bits; an error not measured is infinite.
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

  /// Returns a table with the rows of both tables and the quantity of this one.
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

  /// Returns the row's error divided by its error at 8 bits.
  ///
  /// If the row is exact at 8 bits, it returns 1 if the row is also exact at `bitWidth`, and
  /// infinity if not.
  package func ratio(_ index: Int, _ bitWidth: BitWidth) -> Double {
    let (error, baseline) = (self[index, bitWidth], self[index, 8])
    guard baseline > 0 else { return error > 0 ? .infinity : 1 }
    return error / baseline
  }
}
