internal import Engine
internal import Graphs
internal import Tensors

/// A convolution of a unit with the sum and the ReLU behind it, and the convolutions that its gradient goes
/// on to.
struct TrainedLayer {
  let fused: FusedNode
  let convolution: Convolution
  /// The value that the convolution reads has a gradient: it is another trained layer's.
  let readsTrained: Bool
}

/// The nodes of a unit as a trainer runs them: fixed operations on the input first, then convolutions.
///
/// There is no layout for a unit with other operations between its layers, such as squeeze-and-excitation,
/// or with maps whose channels are no multiples of sixteen. The plain graph serves those.
struct UnitLayout {
  /// Operations on the unit's input and on what others of them made of it; none of them needs a gradient.
  let fixed: [FusedNode]
  /// In the order of evaluation.
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

  /// Whether what is added to the sums of `fused` takes their gradient as it is: a value that is not trained,
  /// or another convolution's sums.
  private static func addsPlainSums(_ fused: FusedNode, _ trained: [Int: FusedNode]) -> Bool {
    guard let residual = fused.residual, let layer = trained[residual] else { return true }
    return !layer.hasReLU && layer.residual == nil
  }
}
