internal import CKernels
internal import Tensors

/// The window of a pooling operation, with the same extents along both axes.
package struct Window: Sendable, Equatable, Hashable, Codable {
  /// The height and width of the window.
  package let kernel: Int
  package let stride: Int
  /// The extent around the map that windows may cover; its pixels do not count.
  package let padding: Int
  /// True if a last window may extend beyond the edge (`ceil_mode`); it covers pixels of the map only.
  package let roundsUp: Bool

  package init(kernel: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.roundsUp = roundsUp
  }

  /// Returns the extent of the output along an axis of extent `extent`.
  package func outputExtent(_ extent: Int) -> Int {
    let travel = extent + 2 * padding - kernel
    guard roundsUp else { return travel / stride + 1 }
    let extents = (travel + stride - 1) / stride + 1
    // As in PyTorch, the last window must begin inside the map or the padding before it.
    return (extents - 1) * stride >= extent + padding ? extents - 1 : extents
  }

  /// Returns the shape of the output, (C, H, W) → (C, OH, OW), or nil if the input is too small.
  func outputShape(_ input: Shape) -> Shape? {
    guard min(input[1], input[2]) + 2 * padding + (roundsUp ? stride - 1 : 0) >= kernel else {
      return nil
    }
    return [input[0], outputExtent(input[1]), outputExtent(input[2])]
  }
}

extension Tensor {
  /// Returns the maximum of the pixels in every window; padding does not count.
  func maxPooled(_ window: Window) -> Tensor {  // (N, C, H, W) → (N, C, OH, OW)
    precondition(!window.roundsUp, "max pooling with windows over the edge")
    return maxPooled(kernel: window.kernel, stride: window.stride, padding: window.padding)
  }

  /// Returns the gradient with respect to the input of a max pooling.
  func throughMaxPool(_ window: Window, input: Tensor) -> Tensor {
    input.maxPoolGradient(
      outputGradient: self, kernel: window.kernel, stride: window.stride, padding: window.padding)
  }

  /// Returns the mean of the pixels in every window; padding does not count.
  func averagePooled(_ window: Window) -> Tensor {  // (N, C, H, W) → (N, C, OH, OW)
    Tensor(
      shape: [
        shape[0], shape[1], window.outputExtent(shape[2]), window.outputExtent(shape[3]),
      ]
    ) { output in
      var kernel = ck_pool(window, from: shape)
      ck_average_pool(Int32(shape[0] * shape[1]), &kernel, scalars, output.baseAddress)
    }
  }

  /// Returns the gradient with respect to the input of an average pooling.
  func throughAveragePool(_ window: Window, inputShape: Shape) -> Tensor {
    Tensor(shape: inputShape) { gradient in
      var kernel = ck_pool(window, from: inputShape)
      ck_average_pool_gradient(
        Int32(inputShape[0] * inputShape[1]), &kernel, scalars, gradient.baseAddress)
    }
  }
}

extension ck_pool {
  fileprivate init(_ window: Window, from shape: Shape) {
    self.init(
      height: Int32(shape[2]), width: Int32(shape[3]),
      out_height: Int32(window.outputExtent(shape[2])),
      out_width: Int32(window.outputExtent(shape[3])), kernel: Int32(window.kernel),
      stride: Int32(window.stride), padding: Int32(window.padding))
  }
}
