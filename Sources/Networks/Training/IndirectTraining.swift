internal import CKernels
internal import Execution
internal import Tensors

/// Any convolution, trained with windows read where they stand (indirect.c, indirect_gradient.c).
final class IndirectTraining: TrainedConvolution {
  private var convolution: Conv2d
  private let places: TrainingPlaces
  private let indirect: IndirectConvolution
  /// The convolution that leads gradients back, at stride 1.
  private let transposed: IndirectConvolution?
  /// The gradient with respect to the weights, in the order of the kernel.
  private let sums: FloatBuffer

  init(_ convolution: Conv2d, _ places: TrainingPlaces, epilogue: Epilogue) {
    self.convolution = convolution
    self.places = places
    sums = FloatBuffer(count: convolution.weight.scalars.count)
    indirect = IndirectConvolution(
      convolution, input: places.input, output: places.output, epilogue: epilogue)
    transposed = places.inputGradient.flatMap { gradient in
      guard convolution.geometry.stride == 1 else { return nil }
      let transposed = convolution.transposed
      return IndirectConvolution(
        transposed, input: places.outputGradient, output: gradient,
        epilogue: Epilogue(of: transposed, relu: false, rounding: nil))
    }
  }

  func load(_ weight: Tensor, workers: Workers) {
    convolution.weight = weight
    indirect.load(weight, of: convolution, input: places.input.shape)
    guard let transposed else { return }
    let flipped = convolution.transposed
    transposed.load(flipped.weight, of: flipped, input: places.outputGradient.shape)
  }

  func forward(_ count: Int, workers: Workers) { indirect.convolve(count, workers: workers) }

  func backward(_ count: Int, workers: Workers) -> Tensor {
    if let transposed {
      transposed.convolve(count, workers: workers)
    } else if let inputGradient = places.inputGradient {
      leadBack(count, into: inputGradient, workers: workers)
    }
    return weightGradient(count, workers: workers)
  }

  private func weightGradient(_ count: Int, workers: Workers) -> Tensor {
    var window = convolution.window(from: places.input.shape, to: places.output.shape)
    let groups = places.input.shape.channels / 8
    sums.clear()
    let (input, gradient) = (places.input, places.outputGradient)
    // As many as stay in the second-level cache while all taps and channels read them.
    let chunks = (0..<count).chunks(of: max(1, 64 * 1024 / gradient.shape.floats))
    workers.forEach(groups) { [window, sums] group, _ in
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

  /// At a stride, with the plain kernels; image by image.
  private func leadBack(_ count: Int, into inputGradient: BlockedActivations, workers: Workers) {
    let (outer, inner) = (places.outputGradient.shape, inputGradient.shape)
    let (convolution, outputGradient) = (convolution, places.outputGradient)
    workers.forEach(count) { image, _ in
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

extension Conv2d {
  /// The convolution of the output's gradient that gives the input's, at stride 1: kernels turned by 180°
  /// and their channels exchanged.
  fileprivate var transposed: Conv2d {
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
    return Conv2d(name: name, weight: flipped, geometry: geometry)
  }
}
