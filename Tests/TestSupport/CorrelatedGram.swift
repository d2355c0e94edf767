package import Tensors

/// A Gram matrix (d, d) of `count` seeded random vectors with common causes: strongly correlated, of full
/// rank where `count` is at least d.
package func correlatedGram(_ size: Int, count: Int, seed: UInt64) -> Tensor {
  let causes = randomTensor([count, 3], seed: seed).doubles
  let loads = randomTensor([3, size], seed: seed + 1).doubles
  let noise = randomTensor([count, size], seed: seed + 2).doubles
  let vectors = (0..<count * size).map { index in
    let (row, column) = (index / size, index % size)
    return (0..<3).reduce(0.4 * noise[index]) {
      $0 + causes[row * 3 + $1] * loads[$1 * size + column]
    }
  }
  return Tensor(shape: [size, size]) { gram in
    for index in 0..<size * size {
      let sum = (0..<count).reduce(0.0) {
        $0 + vectors[$1 * size + index / size] * vectors[$1 * size + index % size]
      }
      gram.initializeElement(at: index, to: Float(sum / Double(count)))
    }
  }
}
