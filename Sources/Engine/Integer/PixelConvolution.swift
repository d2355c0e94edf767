internal import CExecution
internal import CKernels
internal import Execution
internal import Tensors

/// The first convolution, on planes of 8-bit pixels (stem.c).
struct PixelConvolution: IntegerStep {
  let name: String
  let multiplyAdds: Int
  private let stem: ck_stem
  private let panels: KernelMemory
  private let multipliers: KernelMemory
  private let bias: KernelMemory
  private let codes: CodeRange?
  private let output: IntegerPlace
  private let shape: CodeShape
  private let imageBytes: Int

  /// Returns true if the kernels can compute a layer.
  static func suits(_ layer: PixelLayer) -> Bool { layer.weights.kernel.height <= 8 }

  /// Creates the convolution of images of `inputShape` (3, H, W); `output` is codes or sums.
  init(
    _ layer: PixelLayer, name: String, inputShape: Shape, shape: CodeShape, output: IntegerPlace,
    kernels: IntegerKernels = .fastest
  ) {
    self.name = name
    self.output = output
    self.shape = shape
    codes = layer.codes
    imageBytes = inputShape.count
    let (weights, outputs) = (layer.weights, shape.paddedChannels)
    multiplyAdds = weights.shape.count * shape.height * shape.width
    var geometry = ck_stem_geometry(
      from: ck_pixels(
        channels: 3, height: Int32(inputShape[1]), width: Int32(inputShape[2]),
        padding: Int32(weights.geometry.padding)),
      to: shape.kernel, kernel: Int32(weights.kernel.height),
      stride: Int32(weights.geometry.stride), apart: 1)
    let missing = outputs - shape.channels
    let filters = KernelMemory(
      weights.values
        + [Int16](repeating: 0, count: missing * weights.values.count / shape.channels))
    var stem = ck_stem_plan(&geometry, filters.pointer(Int16.self), kernels.dot)
    panels = KernelMemory(bytes: ck_stem_panel_bytes(&stem))
    ck_stem_pack(&stem, filters.pointer(Int16.self), panels.base)
    self.stem = stem
    multipliers = KernelMemory(
      (0..<3).flatMap { color in
        layer.multipliers[color * shape.channels..<(color + 1) * shape.channels]
          + [Float](repeating: 0, count: missing)
      })
    bias = KernelMemory(
      bytes: Int(ck_stem_classes(&geometry)) * outputs * MemoryLayout<Float>.stride)
    for y in 0..<shape.height {
      for x in 0..<shape.width where layer.isFirstOfClass(y, x) {
        let start = Int(ck_stem_class(&geometry, Int32(y), Int32(x))) * outputs
        (bias.pointer(Float.self) + start).update(
          from: layer.bias(y, x), count: shape.channels)
      }
    }
  }

  var kernel: String { "pixels, \(String(cString: ce_dot_name(stem.dot)))" }

  private var pixels: ck_pixels { stem.geometry.from }

  private var paddedBytes: Int { withUnsafePointer(to: pixels, ck_pixels_bytes) }

  func scratchBytes(images: Int, threads: Int) -> Int { images * paddedBytes }

  func run(_ run: IntegerRun) {
    guard case .pixels(let images) = run.images else {
      preconditionFailure("a program of pixels runs on floats")
    }
    let (source, bytes) = (SharedPointer(images), paddedBytes)
    let padded = SharedPointer(run.scratch.assumingMemoryBound(to: UInt8.self))
    run.context.forEach(run.count) { image, _ in
      var pixels = pixels
      ck_pixels_pad(
        &pixels, nil, 0, source.base + image * imageBytes, padded.base + image * bytes)
    }
    let pieces = shape.pieces(of: run.count, context: run.context)
    run.context.forEach(pieces.count) { index, _ in
      let (first, region) = pieces[index]
      var (stem, requantization) = (stem, ck_requantization(codes))
      requantization.multipliers = UnsafePointer(multipliers.pointer(Float.self))
      requantization.bias = UnsafePointer(bias.pointer(Float.self))
      ck_stem_convolve(
        &stem, region, padded.base + first * bytes, panels.base, &requantization,
        output.kernel(first))
    }
  }
}

extension PixelLayer {
  /// Returns true if no window before this one, in row order, is in its class.
  fileprivate func isFirstOfClass(_ y: Int, _ x: Int) -> Bool {
    rowClasses.firstIndex(of: rowClasses[y]) == y
      && columnClasses.firstIndex(of: columnClasses[x]) == x
  }
}
