internal import CExecution
internal import CKernels
internal import Execution
internal import Quantization
internal import Tensors

/// A convolution of codes by the direct kernels (direct.c).
struct IntegerConvolution: IntegerStep {
  let name: String
  let multiplyAdds: Int
  private let convolution: ck_integer_convolution
  private let panels: KernelMemory
  let input: CodeActivations
  private let epilogue: IntegerEpilogue

  var shape: CodeShape { epilogue.shape }
  var residual: IntegerPlace? { epilogue.residual }
  var output: IntegerPlace { epilogue.output }

  /// Returns true if the direct kernels can compute a layer.
  static func suits(_ layer: IntegerLayer) -> Bool {
    let (weights, geometry) = (layer.weights, layer.weights.geometry)
    return geometry.groups == 1 && weights.kernel.height == weights.kernel.width
      && geometry.padding <= 1 && layer.input.zeroPoint == 0
  }

  /// Creates the step of a layer.
  ///
  /// - Parameter ordered: The weights as (OC, K, K, C), with padded channels.
  init(
    _ layer: IntegerLayer, ordered: KernelMemory, name: String, input: CodeActivations,
    epilogue: IntegerEpilogue, kernels: IntegerKernels = .fastest, context: Context
  ) {
    self.name = name
    self.input = input
    self.epilogue = epilogue
    let weights = layer.weights
    multiplyAdds = weights.shape.count * epilogue.shape.height * epilogue.shape.width
    var geometry = ck_integer_geometry(
      from: input.shape.kernel, to: epilogue.shape.kernel,
      kernel: Int32(weights.kernel.height), stride: Int32(weights.geometry.stride),
      padding: Int32(weights.geometry.padding))
    let largestCode = layer.input.bitWidth.levels - 1
    var plan = ck_integer_plan(
      &geometry, Int32(largestCode), ordered.pointer(Int16.self), kernels.dot)
    convolution = plan
    panels = KernelMemory(bytes: ck_integer_panel_bytes(&plan))
    let (kernel, memory) = (plan, panels)
    context.forEach((0..<epilogue.shape.paddedChannels).chunks(of: 64)) { outputs in
      var plan = kernel
      ck_integer_pack(
        &plan, Int32(outputs.lowerBound), Int32(outputs.upperBound), ordered.pointer(Int16.self),
        memory.base)
    }
  }

  var kernel: String {
    var plan = convolution
    let form = String(cString: ck_integer_form_name(&plan))
    return "direct, \(form), \(String(cString: ce_dot_name(plan.dot)))"
  }

  func run(_ run: IntegerRun) {
    let pieces = shape.pieces(of: run.count, context: run.context)
    run.context.forEach(pieces.count) { index, _ in
      let (first, region) = pieces[index]
      convolve(region, from: first, to: output.kernel(run.firstResult + first))
    }
  }

  /// Computes a region whose first image is `image`.
  ///
  /// - Parameter sums: The floats to add, if they are not those of the epilogue's residual.
  func convolve(
    _ region: ck_region, from image: Int, to output: ck_output,
    adding sums: UnsafeMutablePointer<Float>? = nil
  ) {
    var (plan, requantization) = (convolution, epilogue.kernel(image))
    if let sums { requantization.residual_sums = UnsafePointer(sums) }
    ck_integer_convolve(
      &plan, region, input.image(image), panels.base, &requantization, output)
  }
}

extension IntegerKernels {
  /// The instructions of the kernels.
  var dot: ce_dot { self == .plain ? CE_DOT_PORTABLE : ce_dot_in_use() }
}

extension CodeShape {
  /// The largest number of images of a piece.
  var imagesPerPiece: Int { 192 / (height * width) + 1 }

  /// Returns the pieces of a convolution with this output that workers take one by one.
  ///
  /// Each piece comes with its first image. If there are many images, a piece is a whole image, or several
  /// small ones. If there are few, it is a part of the output channels, so that every weight is read once,
  /// or otherwise a band of rows.
  func pieces(of count: Int, context: Context) -> [(first: Int, region: ck_region)] {
    func region(images: Int = 1, rows: Range<Int>, channels: Range<Int>) -> ck_region {
      ck_region(
        images: Int32(images), first_row: Int32(rows.lowerBound), end_row: Int32(rows.upperBound),
        first_channel: Int32(channels.lowerBound), end_channel: Int32(channels.upperBound))
    }
    let (rows, channels) = (0..<height, 0..<paddedChannels)
    if count >= 4 * context.threads {
      let atOnce = min(imagesPerPiece, count / (4 * context.threads))
      return (0..<count).chunks(of: atOnce).map {
        ($0.lowerBound, region(images: $0.count, rows: rows, channels: channels))
      }
    }
    let blocks = channels.chunks(of: 64)
    let regions =
      context.threads == 1
      ? [region(rows: rows, channels: channels)]
      : blocks.count >= 2 * context.threads
        ? blocks.map { region(rows: rows, channels: $0) }
        : rows.chunks(of: (height - 1) / (2 * context.threads) + 1).map {
          region(rows: $0, channels: channels)
        }
    return (0..<count).flatMap { image in regions.map { (image, $0) } }
  }
}

extension IntegerWeights {
  /// Returns the weights as (outputs, KH, KW, inputs) with zeros in missing channels.
  func channelsLast(outputs: Int, inputs: Int, context: Context) -> KernelMemory {
    let (channels, taps) = (shape[1], shape[2] * shape[3])
    let ordered = KernelMemory(bytes: outputs * taps * inputs * MemoryLayout<Int16>.stride)
    context.forEach((0..<outputChannels).chunks(of: 16)) { rows in
      let destination = ordered.pointer(Int16.self)
      values.withUnsafeBufferPointer { values in
        for output in rows {
          for channel in 0..<channels {
            let source = (output * channels + channel) * taps
            for tap in 0..<taps {
              destination[(output * taps + tap) * inputs + channel] = values[source + tap]
            }
          }
        }
      }
    }
    return ordered
  }
}
