internal import CKernels
internal import Engine
internal import Execution
internal import Graphs
internal import Tensors

/// The training of any convolution with kernels that read windows directly from the input.
///
/// The kernels are in indirect.c and indirect_gradient.c.
final class IndirectTraining: TrainedConvolution {
  private var convolution: Convolution
  private let places: TrainingPlaces
  private let indirect: IndirectConvolution
  /// The convolution that computes the input's gradient; nil if the stride is not 1 or no layer needs it.
  private let transposed: IndirectConvolution?
  /// The gradient with respect to the weights, in the order that the kernel uses.
  private let sums: FloatBuffer

  init(_ convolution: Convolution, _ places: TrainingPlaces, epilogue: Epilogue) {
    self.convolution = convolution
    self.places = places
    sums = FloatBuffer(count: convolution.weight.scalars.count)
    indirect = IndirectConvolution(
      convolution, name: "", input: places.input, output: places.output, epilogue: epilogue)
    transposed = places.inputGradient.flatMap { gradient in
      guard convolution.geometry.stride == 1 else { return nil }
      let transposed = convolution.transposed
      return IndirectConvolution(
        transposed, name: "", input: places.outputGradient, output: gradient,
        epilogue: Epilogue(of: transposed, relu: false, rounding: nil))
    }
  }

  func load(_ weight: Tensor, context: Context) {
    convolution.weight = weight
    indirect.load(weight, of: convolution, input: places.input.shape)
    guard let transposed else { return }
    let flipped = convolution.transposed
    transposed.load(flipped.weight, of: flipped, input: places.outputGradient.shape)
  }

  func forward(_ count: Int, context: Context) { indirect.convolve(count, context: context) }

  func backward(_ count: Int, context: Context) -> Tensor {
    if let transposed {
      transposed.convolve(count, context: context)
    } else if let inputGradient = places.inputGradient {
      leadBack(count, into: inputGradient, context: context)
    }
    return weightGradient(count, context: context)
  }

  private func weightGradient(_ count: Int, context: Context) -> Tensor {
    var window = convolution.window(from: places.input.shape, to: places.output.shape)
    let groups = places.input.shape.channels / 8
    sums.clear()
    let (input, gradient) = (places.input, places.outputGradient)
    // A chunk stays in the second-level cache while all taps and channels read it.
    let chunks = (0..<count).chunks(of: max(1, 64 * 1024 / gradient.shape.floats))
    context.forEach(groups) { [window, sums] group, _ in
      var window = window
      for images in chunks {
        ck_window_weights_gradient(
          &window, Int32(images.count), Int32(group), 1, input.image(images.lowerBound),
          input.shape.floats, gradient.image(images.lowerBound), gradient.shape.floats, sums.base)
      }
    }
    return Tensor(shape: convolution.weight.shape) { result in
      ck_window_unpack(&window, sums.base, result.baseAddress)
    }
  }

  /// Computes the input's gradient image by image with the plain kernels, for strides above 1.
  private func leadBack(_ count: Int, into inputGradient: BlockedActivations, context: Context) {
    let (outer, inner) = (places.outputGradient.shape, inputGradient.shape)
    let (convolution, outputGradient) = (convolution, places.outputGradient)
    context.forEach(count) { image, _ in
      var (outerKernel, innerKernel) = (outer.kernel, inner.kernel)
      let gradient = Tensor(shape: [1, outer.channels, outer.height, outer.width]) { plain in
        ck_blocked_unpack(&outerKernel, outputGradient.image(image), plain.baseAddress)
      }
      let result = convolution.inputGradient(
        inputShape: [1, inner.channels, inner.height, inner.width], outputGradient: gradient)
      ck_blocked_pack(&innerKernel, result.scalars, inputGradient.image(image))
    }
  }
}

extension Convolution {
  /// The convolution that computes the input's gradient from the output's gradient, at stride 1.
  ///
  /// Its kernels are rotated by 180° and have input and output channels exchanged.
  fileprivate var transposed: Convolution {
    let (outs, channels, kernel) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let area = kernel * kernel
    let flipped = Tensor(shape: [channels, outs, kernel, kernel]) { flipped in
      weight.scalars.withUnsafeBufferPointer { weight in
        for channel in 0..<channels {
          for out in 0..<outs {
            for tap in 0..<area {
              flipped[(channel * outs + out) * area + tap] =
                weight[(out * channels + channel) * area + area - 1 - tap]
            }
          }
        }
      }
    }
    return Convolution(weight: flipped, geometry: geometry)
  }
}
