internal import CKernels
package import Execution

/// The stride, zero padding and groups of a convolution, the same along both axes.
package struct ConvolutionGeometry: Hashable, Sendable {
  /// The distance between neighbouring windows, in pixels.
  package var stride: Int
  /// The width of the zeros around the image, in pixels.
  package var padding: Int
  /// The number of groups of channels; outputs of a group read only its inputs.
  package var groups: Int

  package init(stride: Int = 1, padding: Int = 0, groups: Int = 1) {
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  /// Returns the extent of the output for an extent of `input` pixels.
  ///
  /// It is ⌊(input + 2·padding − kernel) / stride⌋ + 1.
  package func outputExtent(_ input: Int, kernel: Int) -> Int {
    (input + 2 * padding - kernel) / stride + 1
  }
}

/// Two-dimensional convolution (cross-correlation), forward and backward.
///
/// Images are (N, C, H, W), weights (OC, C/groups, KH, KW), outputs (N, OC, OH, OW) with
/// OH = ⌊(H + 2·padding − KH) / stride⌋ + 1.
extension Tensor {
  /// Returns the convolution of these images with `weights`, plus `bias` (OC).
  ///
  /// If `relu` is true, a ReLU follows. The work is divided by shapes alone, so every number of
  /// threads gives the same bits.
  package func convolved(
    with weights: Tensor, bias: [Float]?, _ geometry: ConvolutionGeometry, relu: Bool = false,
    context: Context = .serial
  ) -> Tensor {
    let shape = ck_convolution(images: shape, weights: weights.shape, geometry)
    let kernels = ConvolutionKernels(shape, images: rowCount)
    return Tensor(shape: shape.outputShape(images: rowCount)) { output in
      guard let base = output.baseAddress else { return }
      let output = SharedPointer(base)
      let scratch = Scratch(count: kernels.scratchCount, threads: context.threads)
      context.forEach(kernels.tileCount) { tile, worker in
        kernels.forward(
          tile: tile, scalars, weights: weights.scalars, bias: bias, relu: relu,
          into: output.base, scratch: scratch.pointer(worker))
      }
    }
  }

  /// Returns the gradient of a loss with respect to the weights of `convolved`.
  ///
  /// This tensor is the input of the convolution.
  package func convolutionWeightsGradient(
    outputGradient: Tensor, weightsShape: Shape, _ geometry: ConvolutionGeometry
  ) -> Tensor {
    let shape = ck_convolution(images: shape, weights: weightsShape, geometry)
    let kernels = ConvolutionKernels(shape, images: rowCount)
    let scratch = Scratch(count: kernels.scratchCount, threads: 1)
    return Tensor(shape: weightsShape) { gradient in
      guard let gradient = gradient.baseAddress else { return }
      kernels.weightsGradient(
        scalars, outputGradient: outputGradient.scalars, into: gradient,
        scratch: scratch.pointer(0))
    }
  }

  /// Returns the gradient of a loss with respect to the input of a convolution.
  ///
  /// This tensor is the gradient with respect to the output.
  package func convolutionInputGradient(
    weights: Tensor, inputShape: Shape, _ geometry: ConvolutionGeometry
  ) -> Tensor {
    let kernel = ck_convolution(images: inputShape, weights: weights.shape, geometry)
    precondition(shape == kernel.outputShape(images: rowCount), "gradient of shape \(shape)")
    let kernels = ConvolutionKernels(kernel, images: rowCount)
    let scratch = Scratch(count: kernels.scratchCount, threads: 1)
    return Tensor(shape: inputShape) { gradient in
      guard let gradient = gradient.baseAddress else { return }
      kernels.inputGradient(
        weights: weights.scalars, outputGradient: scalars, into: gradient,
        scratch: scratch.pointer(0))
    }
  }
}

extension ck_convolution {
  init(images: Shape, weights: Shape, _ geometry: ConvolutionGeometry) {
    precondition(
      images.rank == 4 && weights.rank == 4 && images[1] == weights[1] * geometry.groups
        && weights[0] % geometry.groups == 0,
      "images \(images) do not fit weights \(weights) in \(geometry.groups) groups")
    func extent(_ axis: Int) -> Int32 {
      Int32(geometry.outputExtent(images[axis], kernel: weights[axis]))
    }
    self.init(
      in_channels: Int32(images[1]), in_height: Int32(images[2]), in_width: Int32(images[3]),
      out_channels: Int32(weights[0]), out_height: extent(2), out_width: extent(3),
      kernel_height: Int32(weights[2]),
      kernel_width: Int32(weights[3]), stride: Int32(geometry.stride),
      padding: Int32(geometry.padding), groups: Int32(geometry.groups))
  }

  fileprivate func outputShape(images: Int) -> Shape {
    [images, Int(out_channels), Int(out_height), Int(out_width)]
  }
}

/// Uninitialised floats, one part per worker.
private final class Scratch: @unchecked Sendable {
  private let base: UnsafeMutablePointer<Float>
  private let count: Int

  init(count: Int, threads: Int) {
    self.count = count
    base = .allocate(capacity: count * threads)
  }

  deinit { base.deallocate() }

  func pointer(_ worker: Int) -> UnsafeMutablePointer<Float> { base + worker * count }
}
