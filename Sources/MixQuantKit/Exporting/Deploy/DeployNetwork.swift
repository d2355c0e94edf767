package import Execution
import Graphs
import Quantization
package import Tensors

/// A network for inference runtimes: a quantized network with further grids and with integer biases.
///
/// Its accuracy differs from that of the packed file. A layer that reads and writes codes computes the
/// same codes as ONNX Runtime.
package struct DeployNetwork: Sendable {
  /// The network in the form of the ONNX file.
  package let exported: ExportedNetwork
  /// The integer layers and sums by node.
  private let steps: [Int: DeployStep]
  private let lastReaders: [Int]

  /// Creates the network of `quantized` with `grids` at nodes.
  ///
  /// Weights that do not fit int8 with zero point 0 are rounded again, to symmetric grids. So are
  /// weights of channels whose bias would not fit 32 bits.
  init(_ quantized: QuantizedNetwork, grids: [Int: UniformAffine]) {
    let graph = quantized.network
    let inputs = ExportedNetwork(.deploy, graph: graph, weights: [:], grids: grids).codeGrids
    var weights: [Int: StoredWeights] = [:]
    var tensors: [Tensor] = []
    for (layer, codes) in zip(graph.layers, quantized.weights) {
      let input = inputs[graph.nodes[layer.node].inputs[0]]
      let smallest = input.map { layer.smallestScales(for: $0, gridCount: codes.grids.count) }
      let rounded = codes.roundedForDeployment(smallestScales: smallest)
      weights[layer.node] = StoredWeights(rounded, smallestScales: smallest)
      tensors.append(rounded.dequantized())
    }
    exported = ExportedNetwork(
      .deploy, graph: graph.withWeights(tensors), weights: weights, grids: grids)
    var steps: [Int: DeployStep] = [:]
    for index in graph.nodes.indices.dropFirst() {
      steps[index] = DeployStep(index, in: exported)
    }
    self.steps = steps
    lastReaders = graph.readers.map { $0.last ?? graph.nodes.count }
  }

  /// The value of a node: codes with their grid, or numbers.
  private enum Value {
    case codes(Tensor, UniformAffine)
    case numbers(Tensor)

    var numbers: Tensor {
      switch self {
      case .numbers(let tensor): return tensor
      case .codes(var tensor, let grid):
        tensor.scaleCodes(zeroPoint: Float(grid.zeroPoint), scale: grid.scale)
        return tensor
      }
    }
  }

  /// Returns the logits (N, classes) of `images` (N, C, H, W).
  package func logits(_ images: Tensor, context: Context = .serial) -> Tensor {
    images.mapChunks(of: imagesPerChunk, context: context) { chunkLogits($0) }
  }

  private func chunkLogits(_ images: Tensor) -> Tensor {
    let graph = exported.graph
    var values = [Value?](repeating: nil, count: graph.nodes.count)
    values[0] = rounded(images, at: 0)
    for index in graph.nodes.indices.dropFirst() where values[index] == nil {
      let inputs = graph.nodes[index].inputs
      if let step = steps[index] {
        let codes = inputs.map { input in
          guard case .codes(let codes, _)? = values[input] else {
            preconditionFailure("\(graph.nodes[input].name) has no codes")
          }
          return codes
        }
        values[step.target] = .codes(step(codes), step.grid)
      } else if let grid = exported.codeGrids[index], exported.grids[index] == nil,
        case .codes(let codes, _)? = values[inputs[0]]
      {
        // A selection of codes; zeros that it adds are codes of zero only at zero point 0.
        values[index] =
          grid.zeroPoint == 0
          ? .codes(graph.nodes[index].operation.forward([codes], context: .serial), grid)
          : rounded(numbers(index, values), to: grid)
      } else {
        values[index] = rounded(numbers(index, values), at: index)
      }
      for input in inputs where lastReaders[input] <= index { values[input] = nil }
    }
    guard let logits = values[graph.nodes.count - 1] else {
      preconditionFailure("the last node is not computed")
    }
    return logits.numbers.flattened()
  }

  private func numbers(_ index: Int, _ values: [Value?]) -> Tensor {
    let node = exported.graph.nodes[index]
    let inputs = node.inputs.map { input in
      guard let value = values[input] else {
        preconditionFailure("\(node.name) reads a value that is not computed")
      }
      return value.numbers
    }
    return node.operation.forward(inputs, context: .serial)
  }

  private func rounded(_ tensor: Tensor, at index: Int) -> Value {
    guard let grid = exported.grids[index] else { return .numbers(tensor) }
    return rounded(tensor, to: grid)
  }

  private func rounded(_ tensor: Tensor, to grid: UniformAffine) -> Value {
    let codes = grid.quantize(tensor.scalars)
    return .codes(Tensor(shape: tensor.shape, scalars: codes.map(Float.init)), grid)
  }
}

extension Tensor {
  /// Replaces every code c by (c − zeroPoint) · scale.
  fileprivate mutating func scaleCodes(zeroPoint: Float, scale: Float) {
    scalars.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] = (values[index] - zeroPoint) * scale }
    }
  }
}

extension Layer {
  /// Returns the smallest scale of each grid with which the bias is below 2²⁸ in units of the sums.
  fileprivate func smallestScales(for input: UniformAffine, gridCount: Int) -> [Float] {
    let needed = (bias ?? [Float](repeating: 0, count: outputChannels)).map {
      max(abs($0) / (input.scale * 268_435_456), UniformAffine.smallestScale / 64)
    }
    return gridCount == 1 ? [needed.max() ?? 0] : needed
  }
}

extension QuantizedTensor {
  /// Returns the tensor with c − z in signed bytes and with scales of at least `smallestScales`.
  ///
  /// A grid that already fits is kept.
  fileprivate func roundedForDeployment(smallestScales: [Float]?) -> QuantizedTensor {
    let fits = fitsInt8
    let stretch = codes.count / grids.count
    let isKept = grids.indices.map { fits && grids[$0].scale >= smallestScales?[$0] ?? 0 }
    guard isKept.contains(false) else { return self }
    let values = dequantized().scalars
    var newGrids: [UniformAffine] = []
    var newCodes: [UInt8] = []
    newCodes.reserveCapacity(codes.count)
    for (index, grid) in grids.enumerated() {
      let range = index * stretch..<(index + 1) * stretch
      guard !isKept[index] else {
        // The same c − z on a grid of 8 bits around 128.
        newGrids.append(UniformAffine(scale: grid.scale, zeroPoint: 128, bitWidth: 8))
        newCodes += codes[range].map { UInt8(Int($0) - grid.zeroPoint + 128) }
        continue
      }
      let widest = values[range].reduce(0) { max($0, abs($1)) }
      let symmetric = UniformAffine.covering(
        minimum: -widest, maximum: widest, bitWidth: 8, symmetry: .symmetric)
      let scale = max(symmetric.scale, smallestScales?[index] ?? 0)
      let chosen = UniformAffine(scale: scale, zeroPoint: 128, bitWidth: 8)
      newGrids.append(chosen)
      newCodes += chosen.quantize(values[range])
    }
    return QuantizedTensor(
      shape: shape, codes: newCodes, grids: newGrids, granularity: granularity)
  }
}
