package import Graphs
package import Tensors

/// The value of a node in Double, (N, C, H, W), with every operation written out by its definition.
///
/// It shares nothing with the kernels but the names, so that it serves as the truth for values and, through
/// differences, for gradients.
package struct ReferenceMap: Sendable {
  package let shape: Shape
  package var values: [Double]

  package init(shape: Shape, values: [Double]) {
    precondition(shape.count == values.count, "\(values.count) values of shape \(shape)")
    self.shape = shape
    self.values = values
  }

  package init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, values: tensor.doubles)
  }

  /// The pixel (image, channel, y, x).
  subscript(image: Int, channel: Int, y: Int, x: Int) -> Double {
    values[((image * shape[1] + channel) * shape[2] + y) * shape[3] + x]
  }

  /// Returns the map of `shape` with the pixels that `pixel` gives for (image, channel, y, x).
  func filled(_ shape: Shape, _ pixel: (Int, Int, Int, Int) -> Double) -> ReferenceMap {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    let values = (0..<shape.count).map { index in
      pixel(
        index / (channels * height * width), index / (height * width) % channels,
        index / width % height, index % width)
    }
    return ReferenceMap(shape: shape, values: values)
  }

  func mapped(_ function: (Double) -> Double) -> ReferenceMap {
    ReferenceMap(shape: shape, values: values.map(function))
  }
}

extension Operation {
  /// Returns the output for `inputs`; a convolution has `weights` if they are given, and its own if not.
  package func reference(_ inputs: [ReferenceMap], weights: [Double]? = nil) -> ReferenceMap {
    let input = inputs[0]
    switch self {
    case .input: return input
    case .convolution(let convolution): return input.convolved(convolution, weights)
    case .batchNorm(let batchNorm): return input.normalized(batchNorm)
    case .relu: return input.mapped { max($0, 0) }
    case .sigmoid: return input.sigmoid()
    case .add:
      return input.filled(input.shape) { input[$0, $1, $2, $3] + inputs[1][$0, $1, $2, $3] }
    case .multiply:
      return input.filled(input.shape) { input[$0, $1, $2, $3] * inputs[1][$0, $1, 0, 0] }
    case .maxPool(let window): return input.pooled(window) { $0.max() ?? -.infinity }
    case .averagePool(let window):
      return input.pooled(window) { $0.reduce(0, +) / Double($0.count) }
    case .globalAveragePool:
      let window = (height: input.shape[2], width: input.shape[3])
      return input.filled([input.shape[0], input.shape[1], 1, 1]) { image, channel, _, _ in
        (0..<window.height * window.width).reduce(0.0) {
          $0 + input[image, channel, $1 / window.width, $1 % window.width]
        } / Double(window.height * window.width)
      }
    case .blur(let blur): return input.blurred(stride: blur.stride)
    case .subsample(let subsample): return input.subsampled(subsample)
    }
  }
}

extension ReferenceMap {
  fileprivate func convolved(_ convolution: Convolution, _ weights: [Double]?) -> ReferenceMap {
    let reference = ReferenceConvolution(
      input: shape, weights: convolution.weight.shape, convolution.geometry)
    return ReferenceMap(
      shape: reference.output,
      values: reference.forward(
        values, weights ?? convolution.weight.doubles,
        bias: convolution.bias.map { $0.map(Double.init) }))
  }

  fileprivate func normalized(_ batchNorm: BatchNorm) -> ReferenceMap {
    filled(shape) { image, channel, y, x in
      let deviation = (Double(batchNorm.variance[channel]) + batchNorm.epsilon).squareRoot()
      let normalized = (self[image, channel, y, x] - Double(batchNorm.mean[channel])) / deviation
      return normalized * Double(batchNorm.scale[channel]) + Double(batchNorm.shift[channel])
    }
  }

  /// The pixels of the map under every window, given to `pool`.
  fileprivate func pooled(_ window: Window, _ pool: ([Double]) -> Double) -> ReferenceMap {
    let rows = window.starts(extent: shape[2])
    let columns = window.starts(extent: shape[3])
    return filled([shape[0], shape[1], rows.count, columns.count]) { image, channel, y, x in
      let rows = (rows[y]..<rows[y] + window.kernel).clamped(to: 0..<shape[2])
      let columns = (columns[x]..<columns[x] + window.kernel).clamped(to: 0..<shape[3])
      return pool(rows.flatMap { row in columns.map { self[image, channel, row, $0] } })
    }
  }

  /// [1 2 1]ᵀ·[1 2 1] / 16 around every pixel that the stride leaves; the edge itself is the mirror.
  fileprivate func blurred(stride: Int) -> ReferenceMap {
    func mirrored(_ place: Int, _ extent: Int) -> Int {
      place < 0 ? -place : place >= extent ? 2 * (extent - 1) - place : place
    }
    let extents = [2, 3].map { (shape[$0] + 2 - 3) / stride + 1 }
    return filled([shape[0], shape[1], extents[0], extents[1]]) { image, channel, y, x in
      (0..<9).reduce(0.0) { sum, tap in
        let (dy, dx) = (tap / 3 - 1, tap % 3 - 1)
        let weight = [1.0, 2, 1][dy + 1] * [1.0, 2, 1][dx + 1] / 16
        return sum
          + weight
          * self[
            image, channel, mirrored(y * stride + dy, shape[2]),
            mirrored(x * stride + dx, shape[3])]
      }
    }
  }

  fileprivate func subsampled(_ subsample: Subsample) -> ReferenceMap {
    let extents = [2, 3].map { Array(stride(from: 0, to: shape[$0], by: subsample.stride)) }
    let channels = shape[1] + 2 * subsample.padding
    return filled(
      [shape[0], channels, extents[0].count, extents[1].count]
    ) { image, channel, y, x in
      let source = channel - subsample.padding
      guard (0..<shape[1]).contains(source) else { return 0 }
      return self[image, source, extents[0][y], extents[1][x]]
    }
  }
}

extension Window {
  /// The places at which windows begin along an axis of `extent` pixels, counted from the first pixel.
  ///
  /// Only whole windows count; rounding up, windows follow until the padded map is covered, unless one would
  /// begin behind the map (PyTorch's `ceil_mode`).
  fileprivate func starts(extent: Int) -> [Int] {
    var starts: [Int] = []
    while true {
      let start = starts.count * stride - padding
      let isWhole = start + kernel <= extent + padding
      let isNeeded = starts.last.map { $0 + kernel < extent + padding } ?? true
      guard isWhole || roundsUp && isNeeded && start < extent else { return starts }
      starts.append(start)
    }
  }
}
