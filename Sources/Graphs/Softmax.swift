internal import Foundation
package import Tensors

/// Probabilities and divergences of logits (N, classes), computed in Double.
package enum Softmax {
  /// Returns the logarithms of the softmax of one row.
  package static func logProbabilities(_ logits: ArraySlice<Float>) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let total = logits.reduce(0) { $0 + exp(Double($1) - largest) }
    return logits.map { Double($0) - largest - log(total) }
  }

  /// Returns KL(softmax of `reference` ‖ softmax of `logits`) in nats, one value per row.
  package static func divergences(reference: Tensor, logits: Tensor) -> [Double] {
    precondition(reference.shape == logits.shape, "\(reference.shape) against \(logits.shape)")
    return (0..<logits.rowCount).map { row in
      let p = logProbabilities(reference.row(row))
      let q = logProbabilities(logits.row(row))
      return zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
  }

  /// Returns the gradient of `divergences` with respect to `logits`.
  ///
  /// It is softmax(logits) − softmax(reference).
  package static func divergenceGradient(reference: Tensor, logits: Tensor) -> Tensor {
    let scalars = (0..<logits.rowCount).flatMap { row in
      zip(logProbabilities(reference.row(row)), logProbabilities(logits.row(row))).map {
        Float(exp($1) - exp($0))
      }
    }
    return Tensor(shape: logits.shape, scalars: scalars)
  }
}

extension Tensor {
  fileprivate func row(_ index: Int) -> ArraySlice<Float> {
    scalars[index * shape[1]..<(index + 1) * shape[1]]
  }
}
