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
