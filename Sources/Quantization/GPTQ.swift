package import Execution
package import Tensors

/// Rounding by GPTQ (Frantar et al., ICLR 2023, arXiv 2210.17323).
///
/// It rounds columns of weights one by one and corrects the remaining columns for the error so far.
/// The error is tr(ΔW·G·ΔWᵀ), with G (d, d) the mean of x·xᵀ over the patches x of the layer's
/// input. This is the mean squared change of the layer's output, summed over output channels. The
/// paper factors G⁻¹ into triangular matrices. If columns are taken in the opposite order, the
/// factor of G itself gives the same codes without an inverse (Babai's nearest plane algorithm,
/// arXiv 2507.18553).
package struct GPTQ: Sendable {
  // One factor per group of channels; nil if the group's inputs are all zero.
  private let factors: [GPTQFactor?]
  // The order of a patch's entries for each group; the last one is rounded first.
  private let orders: [[Int]]

  /// The share of the mean diagonal entry that is added to the diagonal, as in the paper.
  package static let damping: Float = 0.01

  /// Factors the Gram matrices (d, d) of a layer's groups for any number of weights and widths.
  ///
  /// The entry of a patch with the largest mean square is rounded first. Its error costs most, and
  /// most columns remain to correct it.
  package init(grams: [Tensor], context: Context = .serial) {
    let orders = grams.map { gram in
      let size = gram.shape[0]
      return (0..<size).sorted {
        (gram.scalars[$0 * (size + 1)], $1) < (gram.scalars[$1 * (size + 1)], $0)
      }
    }
    factors = context.map(grams.count) { group in
      Self.factor(of: grams[group], order: orders[group])
    }
    self.orders = orders
  }

  private static func factor(of gram: Tensor, order: [Int]) -> GPTQFactor? {
    let size = gram.shape[0]
    var matrix = Tensor(shape: gram.shape) { buffer in
      for (row, source) in order.enumerated() {
        for (column, other) in order.enumerated() {
          buffer.initializeElement(
            at: row * size + column, to: gram.scalars[source * size + other])
        }
      }
    }
    let diagonal = (0..<size).map { matrix.scalars[$0 * (size + 1)] }
    let mean = Float(diagonal.reduce(0) { $0 + Double($1) } / Double(size))
    guard mean > 0 else { return nil }
    // If rounding in Float leaves the matrix indefinite, the damping grows tenfold, up to twice.
    for share in [damping, 10 * damping, 100 * damping] {
      for (index, entry) in diagonal.enumerated() {
        matrix.scalars[index * (size + 1)] = entry + share * mean
      }
      if let factor = GPTQFactor(of: matrix) { return factor }
    }
    return nil
  }

  /// Returns `weight` (OC, C/groups, KH, KW) rounded on `grids`.
  ///
  /// - Parameters:
  ///   - shift: The mean of W·(x − x̂)·x̂ᵀ for inputs x̂ that replaced x, in the shape of the weights; see
  ///     `ShiftSum`. The weights are corrected for it before they are rounded, with the aim of GPTAQ
  ///     (Li et al., ICML 2025, arXiv 2504.02692).
  ///   - grids: One grid, or one per output channel.
  package func quantize(
    _ weight: Tensor, shift: Tensor? = nil, grids: [UniformAffine], context: Context = .serial
  ) -> QuantizedTensor {
    let rows = weight.rowCount
    let rowsPerGroup = rows / factors.count
    let codes = factors.indices.map { group in
      let range = group * rowsPerGroup..<(group + 1) * rowsPerGroup
      return self.codes(
        of: weight[rows: range], shift: shift?[rows: range], group: group,
        grids: range.map { grids[grids.count == 1 ? 0 : $0] },
        context: context)
    }
    return QuantizedTensor(
      shape: weight.shape, codes: Array(codes.joined()), grids: grids,
      granularity: grids.count == rows ? .perChannel : .perTensor)
  }

  private func codes(
    of weight: Tensor, shift: Tensor?, group: Int, grids: [UniformAffine], context: Context
  ) -> [UInt8] {
    let (rows, order) = (weight.rowCount, orders[group])
    let size = order.count
    guard let factor = factors[group] else {
      return grids.indices.flatMap {
        grids[$0].quantize(weight.scalars[$0 * size..<($0 + 1) * size])
      }
    }
    var ordered = Self.gathering(weight, columns: order)
    if let shift {
      ordered.add(factor.solved(Self.gathering(shift, columns: order), context: context))
    }
    let codes = factor.codes(
      of: ordered, scales: grids.map(\.scale), zeroPoints: grids.map { Float($0.zeroPoint) },
      levels: grids[0].bitWidth.levels, context: context)
    var result = [UInt8](repeating: 0, count: codes.count)
    for row in 0..<rows {
      for (column, place) in order.enumerated() {
        result[row * size + place] = codes[row * size + column]
      }
    }
    return result
  }

  /// Returns a tensor (rows, columns) with the selected columns of `tensor`.
  private static func gathering(_ tensor: Tensor, columns: [Int]) -> Tensor {
    let (rows, size) = (tensor.rowCount, columns.count)
    return Tensor(shape: [rows, size]) { buffer in
      for row in 0..<rows {
        for (column, place) in columns.enumerated() {
          buffer.initializeElement(
            at: row * size + column, to: tensor.scalars[row * size + place])
        }
      }
    }
  }
}
