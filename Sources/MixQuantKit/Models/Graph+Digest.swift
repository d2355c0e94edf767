import Files
package import Graphs
import Tensors

extension Graph {
  /// The SHA-256 of the network: its nodes and all of their numbers.
  package var digest: String {
    var hash = SHA256()
    hash.update(json(GraphOutline(of: self)).utf8)
    for node in nodes {
      switch node.operation {
      case .convolution(let convolution):
        hash.update(convolution.weight.scalars.littleEndianBytes)
        hash.update((convolution.bias ?? []).littleEndianBytes)
      case .batchNorm(let batchNorm):
        let numbers = [batchNorm.scale, batchNorm.shift, batchNorm.mean, batchNorm.variance]
        for values in numbers { hash.update(values.littleEndianBytes) }
      default: break
      }
    }
    return hash.finalize()
  }
}

extension [Float] {
  fileprivate var littleEndianBytes: [UInt8] {
    map(\.bitPattern.littleEndian).withUnsafeBytes { [UInt8]($0) }
  }
}
