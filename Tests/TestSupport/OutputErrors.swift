package import Tensors

extension Tensor {
  /// Returns the mean squared error of every output channel when these weights (OC, C/groups, KH, KW) are
  /// replaced by `rounded`: the diagonal of ΔW·G·ΔWᵀ, in Double.
  /// - Parameter grams: The Gram matrix (d, d) of each group of channels.
  package func outputErrors(of rounded: Tensor, grams: [Tensor]) -> [Double] {
    precondition(shape == rounded.shape, "\(shape) against \(rounded.shape)")
    let size = grams[0].shape[0]
    let rowsPerGroup = shape[0] / grams.count
    let change = zip(doubles, rounded.doubles).map { $0 - $1 }
    return (0..<shape[0]).map { row in
      let gram = grams[row / rowsPerGroup].scalars
      return (0..<size * size).reduce(0.0) {
        let (left, right) = ($1 / size, $1 % size)
        return $0 + change[row * size + left] * Double(gram[$1]) * change[row * size + right]
      }
    }
  }
}
