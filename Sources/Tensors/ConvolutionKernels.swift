internal import CExecution
internal import CKernels

/// The kernels that compute one convolution: the direct ones if they are faster, or else the plain ones.
///
/// The choice and the cut into tiles depend on the shapes and the kernel family alone, so results do not
/// depend on the number of threads.
struct ConvolutionKernels: Sendable {
  let shape: ck_convolution
  let images: Int
  private let isDirect: Bool

  init(_ shape: ck_convolution, images: Int) {
    self.shape = shape
    self.images = images
    isDirect = withUnsafePointer(to: shape) { ck_direct_applies($0, Int32(images)) != 0 }
  }

  /// The number of tiles; each call of `forward` computes one.
  var tileCount: Int {
    withUnsafePointer(to: shape) { shape in
      isDirect
        ? (images + directImages - 1) / directImages
        : Int(ck_convolution_tiles(shape, Int32(images)))
    }
  }

  /// The floats of scratch that one call needs.
  var scratchCount: Int {
    withUnsafePointer(to: shape) { shape in
      isDirect
        ? ck_direct_scratch(shape, Int32(images)) : ck_convolution_scratch(shape, Int32(images))
    }
  }

  private var directImages: Int { withUnsafePointer(to: shape) { Int(ck_direct_images($0)) } }
  private var inputSize: Int { Int(shape.in_channels * shape.in_height * shape.in_width) }
  private var outputSize: Int { Int(shape.out_channels * shape.out_height * shape.out_width) }
  private var weightCount: Int {
    Int(shape.out_channels * (shape.in_channels / shape.groups))
      * Int(shape.kernel_height * shape.kernel_width)
  }

  /// The images of one tile of the direct kernels.
  private func directRange(_ tile: Int) -> Range<Int> {
    let first = tile * directImages
    return first..<min(first + directImages, images)
  }

  /// Computes one tile of `output` (N, OC, OH, OW), with bias and ReLU.
  func forward(
    tile: Int, _ source: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, relu: Bool, into output: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: shape) { shape in
      guard isDirect else {
        ck_convolution_forward(
          shape, Int32(images), Int32(tile), source, weights, bias, relu ? 1 : 0, output, scratch)
        return
      }
      let range = directRange(tile)
      ck_direct_forward(
        ce_family_in_use(), shape, Int32(range.count), source + range.lowerBound * inputSize,
        weights, bias, relu ? 1 : 0, output + range.lowerBound * outputSize, scratch)
    }
  }

  /// Computes the gradient with respect to the weights.
  func weightsGradient(
    _ source: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: shape) { shape in
      guard isDirect else {
        ck_convolution_weights_gradient(
          shape, Int32(images), source, outputGradient, gradient, scratch)
        return
      }
      gradient.update(repeating: 0, count: weightCount)
      for range in (0..<tileCount).map(directRange) {
        ck_direct_weights_gradient(
          ce_family_in_use(), shape, Int32(range.count), source + range.lowerBound * inputSize,
          outputGradient + range.lowerBound * outputSize, gradient, scratch)
      }
    }
  }

  /// Computes the gradient with respect to the input.
  func inputGradient(
    weights: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: shape) { shape in
      guard isDirect else {
        ck_convolution_src_gradient(
          shape, Int32(images), weights, outputGradient, gradient, scratch)
        return
      }
      for range in (0..<tileCount).map(directRange) {
        ck_direct_src_gradient(
          ce_family_in_use(), shape, Int32(range.count), weights,
          outputGradient + range.lowerBound * outputSize,
          gradient + range.lowerBound * inputSize, scratch)
      }
    }
  }
}
