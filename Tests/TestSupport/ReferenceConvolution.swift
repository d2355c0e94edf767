package import Tensors

/// The plainest convolution there is, in Double: every product of an input pixel and a weight,
/// once.
package struct ReferenceConvolution: Sendable {
  /// The extents of the images, (N, C, H, W).
  package let input: Shape
  /// The extents of the weights, (OC, C/groups, KH, KW).
  package let weights: Shape
  package let geometry: ConvolutionGeometry

  package init(input: Shape, weights: Shape, _ geometry: ConvolutionGeometry) {
    self.input = input
    self.weights = weights
    self.geometry = geometry
  }

  /// The extents of the result, (N, OC, OH, OW).
  package var output: Shape {
    func extent(_ axis: Int) -> Int {
      (input[axis] + 2 * geometry.padding - weights[axis]) / geometry.stride + 1
    }
    return [input[0], weights[0], extent(2), extent(3)]
  }

  package func forward(_ input: [Double], _ weights: [Double], bias: [Double]? = nil) -> [Double] {
    let planeSize = output[2] * output[3]
    var result = (0..<output.count).map { bias?[$0 / planeSize % output[1]] ?? 0 }
    forEachProduct { result[$0] += input[$1] * weights[$2] }
    return result
  }

  package func weightsGradient(_ input: [Double], _ outputGradient: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: weights.count)
    forEachProduct { gradient[$2] += outputGradient[$0] * input[$1] }
    return gradient
  }

  package func inputGradient(_ weights: [Double], _ outputGradient: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: input.count)
    forEachProduct { gradient[$1] += outputGradient[$0] * weights[$2] }
    return gradient
  }

  /// Calls `body` with the flat indices (output, input, weight) of every product.
  private func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    for image in 0..<output[0] {
      for channel in 0..<output[1] {
        for y in 0..<output[2] {
          for x in 0..<output[3] {
            let index = ((image * output[1] + channel) * output[2] + y) * output[3] + x
            forEachTap(image, channel, y, x) { body(index, $0, $1) }
          }
        }
      }
    }
  }

  private func forEachTap(
    _ image: Int, _ channel: Int, _ y: Int, _ x: Int, _ body: (Int, Int) -> Void
  ) {
    let group = channel / (weights[0] / geometry.groups)
    for inner in 0..<weights[1] {
      let plane = image * input[1] + group * weights[1] + inner
      for kernelY in 0..<weights[2] {
        let inputY = y * geometry.stride + kernelY - geometry.padding
        guard (0..<input[2]).contains(inputY) else { continue }
        for kernelX in 0..<weights[3] {
          let inputX = x * geometry.stride + kernelX - geometry.padding
          guard (0..<input[3]).contains(inputX) else { continue }
          let weight = ((channel * weights[1] + inner) * weights[2] + kernelY) * weights[3]
          body((plane * input[2] + inputY) * input[3] + inputX, weight + kernelX)
        }
      }
    }
  }
}
