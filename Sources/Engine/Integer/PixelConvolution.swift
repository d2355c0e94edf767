internal import CExecution
internal import CKernels
internal import Execution
internal import Quantization
internal import Tensors

/// The first convolution, on planes of 8-bit pixels (rgb.c).
///
/// The planes hold the pixels themselves, with a sum for each colour, or the codes of the pixels on a
/// grid of the input.
struct PixelConvolution: IntegerStep {
  let name: String
  let multiplyAdds: Int
  private let rgb: ck_rgb
  private let panels: KernelMemory
  private let multipliers: KernelMemory
  private let integerBias: KernelMemory?
  private let bias: KernelMemory?
  private let codes: CodeRange?
  /// The code of each of the 256 pixels of each colour; nil if the planes hold pixels.
  private let tables: KernelMemory?
  /// The byte of the border around the image.
  private let border: Int
  private let place: Place

  /// The images that it reads and the place of its result, codes or sums.
  struct Place: Sendable {
    /// The shape of an image, (3, H, W).
    let images: Shape
    let shape: CodeShape
    let output: IntegerPlace
  }

  /// Returns true if the kernels can compute a first layer with these weights.
  static func suits(_ weights: IntegerWeights) -> Bool {
    let kernel = weights.kernel
    return kernel.height == kernel.width && kernel.height <= 8 && weights.geometry.groups == 1
      && weights.inputChannels == 3
  }

  /// Creates a convolution of the pixels themselves.
  init(_ layer: PixelLayer, name: String, at place: Place, kernels: IntegerKernels) {
    let outputs = place.shape.paddedChannels
    self.init(layer.weights, name: name, at: place, hasSumPerColor: true, kernels: kernels) {
      rgb in
      var geometry = rgb.geometry
      let bias = KernelMemory(
        bytes: Int(ck_rgb_classes(&geometry)) * outputs * MemoryLayout<Float>.stride)
      for y in 0..<place.shape.height {
        for x in 0..<place.shape.width where layer.isFirstOfClass(y, x) {
          let start = Int(ck_rgb_class(&geometry, Int32(y), Int32(x))) * outputs
          (bias.pointer(Float.self) + start).update(
            from: layer.bias(y, x), count: place.shape.channels)
        }
      }
      let multipliers = (0..<3).flatMap { color in
        place.shape.padded(
          layer.multipliers[color * place.shape.channels..<(color + 1) * place.shape.channels])
      }
      return Numbers(multipliers: multipliers, bias: bias, codes: layer.codes)
    }
  }

  /// Creates a convolution of the codes of pixels.
  init(
    _ layer: IntegerLayer, scaling: PixelScaling, name: String, at place: Place,
    kernels: IntegerKernels
  ) {
    let (grid, numbers) = (layer.input, layer.requantization)
    self.init(layer.weights, name: name, at: place, hasSumPerColor: false, kernels: kernels) {
      rgb in
      var geometry = rgb.geometry
      // The border is the code of zero, so that zero points leave the same number in every window.
      let shifts = layer.weights.outputSums.enumerated().map { output, sum in
        (numbers.integerBias?[output] ?? 0) - Int32(grid.zeroPoint * sum)
      }
      let classes = Int(ck_rgb_classes(&geometry))
      let bias = numbers.bias.map { bias in
        KernelMemory((0..<classes).flatMap { _ in place.shape.padded(bias[...]) })
      }
      return Numbers(
        multipliers: place.shape.padded(numbers.multipliers[...]),
        integerBias: KernelMemory(place.shape.padded(shifts[...])), bias: bias,
        codes: numbers.codes,
        tables: KernelMemory((0..<3).flatMap { grid.quantize(scaling.values(ofColor: $0)) }),
        border: grid.zeroPoint)
    }
  }

  /// The numbers that are applied to the sums, and the content of the planes.
  private struct Numbers {
    let multipliers: [Float]
    var integerBias: KernelMemory?
    var bias: KernelMemory?
    var codes: CodeRange?
    var tables: KernelMemory?
    var border = 0
  }

  private init(
    _ weights: IntegerWeights, name: String, at place: Place, hasSumPerColor: Bool,
    kernels: IntegerKernels, numbers: (ck_rgb) -> Numbers
  ) {
    self.name = name
    self.place = place
    multiplyAdds = weights.shape.count * place.shape.height * place.shape.width
    var geometry = ck_rgb_geometry(
      from: ck_pixels(
        channels: 3, height: Int32(place.images[1]), width: Int32(place.images[2]),
        padding: Int32(weights.geometry.padding)),
      to: place.shape.kernel, kernel: Int32(weights.kernel.height),
      stride: Int32(weights.geometry.stride), apart: hasSumPerColor ? 1 : 0)
    let missing = place.shape.paddedChannels - place.shape.channels
    let filters = KernelMemory(
      weights.values
        + [Int16](repeating: 0, count: missing * weights.values.count / place.shape.channels))
    var rgb = ck_rgb_plan(&geometry, filters.pointer(Int16.self), kernels.dot)
    panels = KernelMemory(bytes: ck_rgb_panel_bytes(&rgb))
    ck_rgb_pack(&rgb, filters.pointer(Int16.self), panels.base)
    self.rgb = rgb
    let numbers = numbers(rgb)
    multipliers = KernelMemory(numbers.multipliers)
    integerBias = numbers.integerBias
    bias = numbers.bias
    codes = numbers.codes
    tables = numbers.tables
    border = numbers.border
  }

  var kernel: String {
    "\(tables == nil ? "pixels" : "codes of pixels"), \(String(cString: ce_dot_name(rgb.dot)))"
  }

  private var paddedBytes: Int { withUnsafePointer(to: rgb.geometry.from, ck_pixels_bytes) }

  func scratchBytes(images: Int, threads: Int) -> Int { images * paddedBytes }

  func run(_ run: IntegerRun) {
    guard case .pixels(let images) = run.images else {
      preconditionFailure("a program of pixels runs on floats")
    }
    let (source, bytes) = (SharedPointer(images), paddedBytes)
    let padded = SharedPointer(run.scratch.assumingMemoryBound(to: UInt8.self))
    run.context.forEach(run.count) { image, _ in
      var pixels = rgb.geometry.from
      ck_pixels_pad(
        &pixels, tables.map { UnsafePointer($0.pointer(UInt8.self)) }, Int32(border),
        source.base + image * place.images.count, padded.base + image * bytes)
    }
    let pieces = place.shape.pieces(of: run.count, context: run.context)
    run.context.forEach(pieces.count) { index, _ in
      let (first, region) = pieces[index]
      var (rgb, requantization) = (rgb, ck_requantization(codes))
      requantization.multipliers = UnsafePointer(multipliers.pointer(Float.self))
      requantization.integer_bias = integerBias.map { UnsafePointer($0.pointer(Int32.self)) }
      requantization.bias = bias.map { UnsafePointer($0.pointer(Float.self)) }
      ck_rgb_convolve(
        &rgb, region, padded.base + first * bytes, panels.base, &requantization,
        place.output.kernel(first))
    }
  }
}

extension CodeShape {
  /// Returns `numbers`, one per channel, with zeros for missing channels.
  fileprivate func padded<T: Numeric>(_ numbers: ArraySlice<T>) -> [T] {
    numbers + [T](repeating: 0, count: paddedChannels - channels)
  }
}

extension PixelLayer {
  /// Returns true if no earlier window, in row order, has the same class.
  fileprivate func isFirstOfClass(_ y: Int, _ x: Int) -> Bool {
    rowClasses.firstIndex(of: rowClasses[y]) == y
      && columnClasses.firstIndex(of: columnClasses[x]) == x
  }
}
