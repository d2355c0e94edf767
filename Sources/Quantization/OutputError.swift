package import Execution
package import Tensors

extension Tensor {
  /// The mean squared error of every output channel when these weights (OC, C/groups, KH, KW) are replaced
  /// by `rounded`: the diagonal of ΔW·G·ΔWᵀ, with the Gram matrix (d, d) of the channel's group.
  package func outputErrors(
    of rounded: Tensor, grams: [Tensor], workers: Workers = .one
  ) -> [Double] {
    precondition(shape == rounded.shape, "\(shape) against \(rounded.shape)")
    let size = grams[0].shape[0]
    let rowsPerGroup = rowCount / grams.count
    let chunks = (0..<rowCount).chunks(of: rowsPerGroup).flatMap { $0.chunks(of: 32) }
    let errors = workers.map(chunks) { rows in
      let pairs = zip(self[rows: rows].scalars, rounded[rows: rows].scalars)
      let change = Tensor(shape: [rows.count, size], scalars: pairs.map { $0 - $1 })
      return change.quadraticForms(with: grams[rows.lowerBound / rowsPerGroup])
    }
    return Array(errors.joined())
  }

  /// x·G·xᵀ of every row x, summed in Double.
  private func quadraticForms(with matrix: Tensor) -> [Double] {
    let product = multiplied(by: matrix)
    let size = matrix.shape[0]
    return (0..<rowCount).map { row in
      (row * size..<(row + 1) * size).reduce(0.0) {
        $0 + Double(scalars[$1]) * Double(product.scalars[$1])
      }
    }
  }
}
