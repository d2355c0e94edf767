internal import CKernels
package import Tensors

/// A fixed 3×3 binomial filter on every map, [1 2 1]ᵀ·[1 2 1] / 16, with mirrored edges and a stride.
///
/// Source: Zhang, "Making Convolutional Networks Shift-Invariant Again", ICML 2019; timm's
/// `BlurPool2d`.
package struct Blur: Sendable, Equatable, Hashable, Codable {
  package let stride: Int

  package init(stride: Int) { self.stride = stride }

  private func outputExtent(_ extent: Int) -> Int { (extent - 1) / stride + 1 }

  /// Returns the shape of the output, (C, H, W) → (C, ⌈H/stride⌉, ⌈W/stride⌉).
  ///
  /// It is nil for maps with less than two rows or columns, which cannot be mirrored.
  func outputShape(_ input: Shape) -> Shape? {
    guard input[1] > 1, input[2] > 1 else { return nil }
    return [input[0], outputExtent(input[1]), outputExtent(input[2])]
  }

  /// Returns the filtered maps: (N, C, H, W) → (N, C, ⌈H/stride⌉, ⌈W/stride⌉).
  package func callAsFunction(_ input: Tensor) -> Tensor {
    let shape = input.shape
    return Tensor(
      shape: [shape[0], shape[1], outputExtent(shape[2]), outputExtent(shape[3])]
    ) { output in
      ck_blur(
        Int32(shape[0] * shape[1]), Int32(shape[2]), Int32(shape[3]), Int32(stride),
        input.scalars, output.baseAddress)
    }
  }

  /// Returns the gradient (N, C, H, W) with respect to the input.
  func inputGradient(inputShape shape: Shape, outputGradient: Tensor) -> Tensor {
    Tensor(shape: shape) { gradient in
      ck_blur_gradient(
        Int32(shape[0] * shape[1]), Int32(shape[2]), Int32(shape[3]), Int32(stride),
        outputGradient.scalars, gradient.baseAddress)
    }
  }
}
