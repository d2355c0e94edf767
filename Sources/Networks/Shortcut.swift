package import Execution
package import Tensors

/// What a residual block adds to the output of its branch.
package enum Shortcut: Sendable, Equatable {
  /// The block's input itself.
  case identity
  /// A 1×1 convolution of the block's input, where shapes change ("option B" of He et al., 2016).
  case projection(Conv2d)
  /// Every `stride`-th pixel of the block's input between `padding` channels of zeros in front and as
  /// many behind: CIFAR's shortcut without parameters ("option A").
  case subsampling(stride: Int, padding: Int)

  package func callAsFunction(_ input: Tensor, workers: Workers = .one) -> Tensor {
    switch self {
    case .identity: input
    case .projection(let convolution): convolution(input, workers: workers)
    case .subsampling(let stride, let padding):
      Self.subsample(input, stride: stride, padding: padding)
    }
  }

  /// The gradient with respect to the block's input, for the gradient with respect to the sum.
  package func inputGradient(inputShape: Shape, outputGradient: Tensor) -> Tensor {
    switch self {
    case .identity: outputGradient
    case .projection(let convolution):
      convolution.inputGradient(inputShape: inputShape, outputGradient: outputGradient)
    case .subsampling(let stride, let padding):
      Self.subsampleGradient(
        outputGradient, inputShape: inputShape, stride: stride, padding: padding)
    }
  }

  // (N,C,H,W) → (N,C+2·padding,⌈H/stride⌉,⌈W/stride⌉)
  private static func subsample(_ input: Tensor, stride: Int, padding: Int) -> Tensor {
    let (images, channels, height, width) = input.shape.images
    let (outHeight, outWidth) = ((height - 1) / stride + 1, (width - 1) / stride + 1)
    let outChannels = channels + 2 * padding
    var output = Tensor(zeros: [images, outChannels, outHeight, outWidth])
    for plane in 0..<images * channels {
      let outPlane = plane / channels * outChannels + padding + plane % channels
      for y in 0..<outHeight {
        let source = (plane * height + y * stride) * width
        let destination = (outPlane * outHeight + y) * outWidth
        for x in 0..<outWidth {
          output.scalars[destination + x] = input.scalars[source + x * stride]
        }
      }
    }
    return output
  }

  private static func subsampleGradient(
    _ gradient: Tensor, inputShape: Shape, stride: Int, padding: Int
  ) -> Tensor {
    let (images, channels, height, width) = inputShape.images
    let (_, outChannels, outHeight, outWidth) = gradient.shape.images
    var result = Tensor(zeros: inputShape)
    for plane in 0..<images * channels {
      let outPlane = plane / channels * outChannels + padding + plane % channels
      for y in 0..<outHeight {
        let source = (outPlane * outHeight + y) * outWidth
        let destination = (plane * height + y * stride) * width
        for x in 0..<outWidth {
          result.scalars[destination + x * stride] = gradient.scalars[source + x]
        }
      }
    }
    return result
  }
}

extension Shape {
  /// The four extents of (N, C, H, W).
  fileprivate var images: (Int, Int, Int, Int) { (self[0], self[1], self[2], self[3]) }
}
