internal import Engine
internal import Graphs
internal import Tensors

/// A convolution of a unit with the sum and the ReLU after it.
struct TrainedLayer {
  let fused: FusedNode
  let convolution: Convolution
  /// True if the convolution reads another trained layer, which needs its gradient.
  let readsTrained: Bool
}

/// The nodes of a unit in the order of a trainer: fixed operations on the input, then convolutions.
///
/// Only ReLUs and sums may stand between the layers of a unit, and channels must be multiples of 16. Other
/// units, such as those with squeeze-and-excitation, have no layout and are trained by the plain graph.
struct UnitLayout {
  /// The operations that depend on the unit's input only; they need no gradient.
  let fixed: [FusedNode]
  /// The convolutions in the order of evaluation.
  let layers: [TrainedLayer]

  init?(_ unit: Graph, shapes: [Shape]) {
    var fixed: [FusedNode] = []
    var layers: [TrainedLayer] = []
    var trained: [Int: FusedNode] = [:]
    let readers = unit.readers
    for fused in unit.fusedNodes {
      guard shapes[fused.output][0] % 16 == 0 else { return nil }
      let inputs = unit.nodes[fused.node].inputs
      guard case .convolution(let convolution) = unit.nodes[fused.node].operation else {
        let reads = inputs + (fused.residual.map { [$0] } ?? [])
        guard reads.allSatisfy({ trained[$0] == nil }) else { return nil }
        fixed.append(fused)
        continue
      }
      guard convolution.suitsBlocks, Self.addsPlainSums(fused, trained) else { return nil }
      layers.append(
        TrainedLayer(
          fused: fused, convolution: convolution, readsTrained: trained[inputs[0]] != nil))
      trained[fused.output] = fused
    }
    guard layers.last?.fused.output == unit.nodes.count - 1,
      layers.dropLast().allSatisfy({ readers[$0.fused.output].count == 1 })
    else { return nil }
    self.fixed = fixed
    self.layers = layers
  }

  /// Returns true if the residual of `fused` needs no gradient or has the gradient of the sums.
  ///
  /// The latter holds for the sums of another convolution without ReLU and residual.
  private static func addsPlainSums(_ fused: FusedNode, _ trained: [Int: FusedNode]) -> Bool {
    guard let residual = fused.residual, let layer = trained[residual] else { return true }
    return !layer.hasReLU && layer.residual == nil
  }
}
