package import Execution
package import Graphs
package import Quantization
package import Tensors

/// The arithmetic of a quantized network as numbers, with which every engine computes the same bits.
///
/// A value is either codes on a grid or floats. Docs/IntegerArithmetic.md states the rule of each
/// operation.
package struct IntegerNetwork: Sendable {
  package let graph: Graph
  /// The shape (C, H, W) of every node's value.
  package let shapes: [Shape]
  /// The operations after the input, in order.
  package let operations: [IntegerOperation]
  /// The grid of every node's codes; nil for floats.
  package let grids: [UniformAffine?]
  /// The scaling of the pixels if inputs are pixels.
  package let scaling: PixelScaling?

  /// Creates the arithmetic of `network` for inputs of `inputShape` (C, H, W).
  ///
  /// It is nil if the network has no grids of activations or does not fit the input.
  ///
  /// - Parameter scaling: The scaling of the pixels if inputs are pixels; nil if they are floats.
  package init?(
    _ network: QuantizedNetwork, inputShape: Shape, scaling: PixelScaling?,
    context: Context = .serial
  ) {
    guard !network.activationGrids.isEmpty,
      let shapes = try? network.network.shapes(for: inputShape)
    else { return nil }
    var fold = IntegerFold(network, shapes: shapes, scaling: scaling, context: context)
    fold.run()
    self.scaling = scaling
    graph = network.network
    self.shapes = shapes
    operations = fold.operations
    grids = fold.grids
  }
}

/// An operation on codes or floats, with the sum, the ReLU and the rounding that are fused into it.
package struct IntegerOperation: Sendable {
  /// The name of the node whose operation is computed.
  package let name: String
  /// The nodes that it computes.
  package let fused: FusedNode
  /// The nodes whose values it reads, without the residual.
  package let inputs: [Int]
  /// The arithmetic.
  package let kind: Kind
  /// The steps in floating point after it, if its result is floats.
  package let tail: FloatTail

  /// The nodes whose values it reads, with the residual of the layer's sum.
  var readNodes: [Int] { inputs + (fused.residual.map { [$0] } ?? []) }

  package enum Kind: Sendable {
    /// The first layer on raw pixels, with exact sums.
    case pixels(PixelLayer)
    /// A layer on codes, with exact sums.
    case layer(IntegerLayer)
    /// The mean of every map and the last layer that reads the means, with exact sums.
    case head(IntegerLayer)
    /// Max pooling or subsampling, which select codes.
    case selection
    /// An average of codes over windows, or over whole maps if the window is nil.
    case average(Window?, AverageOfCodes)
    case sum(SumOfCodes)
    /// An operation in floating point, and the reason for it.
    case float(FloatReason)
  }
}

/// The reason why an operation runs in floating point.
package enum FloatReason: String, Sendable {
  case floatInput = "reads floating-point values"
  case noKernel = "has no integer form"
  case tooLarge = "its sums may exceed 32 bits"
}

/// The steps in floating point after an operation: a sum, a ReLU and rounding to a grid.
package struct FloatTail: Sendable {
  /// The node whose floats are added.
  package var residual: Int?
  /// True if a ReLU is applied.
  package var relu = false
  /// The grid to which the result is rounded; nil leaves floats.
  package var grid: UniformAffine?

  package var isEmpty: Bool { residual == nil && !relu && grid == nil }
}

/// A layer on codes.
package struct IntegerLayer: Sendable {
  package let weights: IntegerWeights
  /// The grid of the input's codes.
  package let input: UniformAffine
  /// The numbers that turn sums into the result.
  package let requantization: Requantization

  /// The largest magnitude of code − zero point of the input.
  package var largestInput: Int { input.largestMagnitude }

  /// The bound of every partial sum, in any order.
  package var largestSum: Int { weights.largestHalfSum * largestInput }
}

/// The average of codes: t = Float(sum of codes − zero points) · Float(multiplier / pixels).
package struct AverageOfCodes: Sendable {
  /// The zero point of the input's codes.
  package let zeroPoint: Int
  /// The scale of the input, divided by the scale of the result.
  package let multiplier: Double
  /// The codes of the result; nil leaves the floats `t`.
  package let codes: CodeRange?
}

extension UniformAffine {
  /// The largest magnitude of code − zero point.
  package var largestMagnitude: Int { max(zeroPoint, bitWidth.levels - 1 - zeroPoint) }
}

extension IntegerNetwork {
  /// Traps if the shape, the form (pixels or floats) or the scaling of `input` does not fit the network.
  func requireFit(_ input: NetworkInput) {
    precondition(
      input.imageShape == shapes[0],
      "images of shape \(input.imageShape) for a network of \(shapes[0])")
    switch input {
    case .pixels(let pixels):
      precondition(pixels.scaling == scaling, "pixels of another scaling")
    case .floats: precondition(scaling == nil, "floats for a network of pixels")
    }
  }
}

extension IntegerNetwork {
  /// Returns the kind of numbers that a layer computes with, for reports.
  ///
  /// - Parameter node: The index of the layer's node.
  package func description(ofNode node: Int) -> String {
    guard let operation = operations.first(where: { $0.fused.node == node }) else { return "" }
    return switch operation.kind {
    case .pixels: "8-bit pixels"
    case .layer(let layer):
      layer.requantization.codes == nil ? "codes to floating point" : "codes"
    case .head: "sums of codes"
    case .selection, .average, .sum: "codes"
    case .float(let reason): "floating point: it \(reason.rawValue)"
    }
  }

  /// The operations other than layers that run in floating point, each with the reason.
  package var otherFloatOperations: [String] {
    operations.compactMap { operation in
      let node = graph.nodes[operation.fused.node]
      if case .convolution = node.operation { return nil }
      guard case .float(let reason) = operation.kind else { return nil }
      return "\(node.name) (\(node.operation.name)): it \(reason.rawValue)"
    }
  }

  /// Returns the multiply-adds of an operation for one image; 0 if it is not a layer.
  func multiplyAdds(_ operation: IntegerOperation) -> Int {
    guard case .convolution(let convolution) = graph.nodes[operation.fused.node].operation else {
      return 0
    }
    let maps = shapes[operation.fused.node]
    return convolution.weight.shape.count * maps[1] * maps[2]
  }
}
