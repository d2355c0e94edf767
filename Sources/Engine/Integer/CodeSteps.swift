internal import CKernels
internal import Execution
internal import Graphs
internal import Quantization
internal import Tensors

/// Max pooling of codes.
struct CodeMaxPooling: IntegerStep {
  let name: String
  let kernel = "codes"
  let window: Window
  let input: CodeActivations
  let output: CodeActivations

  func run(_ run: IntegerRun) {
    output.shape.forEachBand(of: run) { image, rows in
      var window = ck_codes_window(window, from: input.shape, to: output.shape)
      ck_codes_max_pool(
        &window, Int32(rows.lowerBound), Int32(rows.upperBound), input.image(image),
        output.image(image))
    }
  }
}

/// The average of codes over every window.
struct CodeAveraging: IntegerStep {
  let name: String
  let kernel = "codes"
  let window: Window
  let average: AverageOfCodes
  let input: CodeActivations
  let shape: CodeShape
  /// The place of the result: codes or sums.
  let output: IntegerPlace

  func run(_ run: IntegerRun) {
    shape.forEachBand(of: run) { image, rows in
      var window = ck_codes_window(window, from: input.shape, to: shape)
      var requantization = ck_requantization(average.codes)
      ck_codes_average_pool(
        &window, Int32(rows.lowerBound), Int32(rows.upperBound), input.image(image),
        Int32(average.zeroPoint), average.multiplier, &requantization, output.kernel(image))
    }
  }
}

/// Every n-th pixel of codes, with channels of zeros added before and after.
struct CodeSubsampling: IntegerStep {
  let name: String
  let kernel = "codes"
  let subsample: Subsample
  let input: CodeActivations
  let output: CodeActivations

  func run(_ run: IntegerRun) {
    run.context.forEach(run.count) { image, _ in
      var (from, to) = (input.shape.kernel, output.shape.kernel)
      ck_codes_subsample(
        &from, &to, Int32(input.shape.channels), Int32(subsample.stride),
        Int32(subsample.padding), input.image(image), output.image(image))
    }
  }
}

/// The sum of two maps of codes.
struct CodeAddition: IntegerStep {
  let name: String
  let kernel = "codes"
  let sum: SumOfCodes
  let left: CodeActivations
  let right: CodeActivations
  let output: CodeActivations

  func run(_ run: IntegerRun) {
    output.shape.forEachBand(of: run) { image, rows in
      var (shape, requantization) = (output.shape.kernel, ck_requantization(sum.codes))
      ck_codes_add(
        &shape, Int32(rows.lowerBound), Int32(rows.upperBound), left.image(image),
        Int32(sum.zeroPoints.0), sum.multipliers.0, right.image(image), Int32(sum.zeroPoints.1),
        sum.multipliers.1, &requantization, output.image(image))
    }
  }
}

/// The sums of all codes of every map and the last layer on them (head.c).
struct CodeHead: IntegerStep {
  let name: String
  let kernel = "codes, 32-bit products"
  let multiplyAdds: Int
  private let input: CodeActivations
  private let packed: KernelMemory
  private let epilogue: IntegerEpilogue
  private let classCount: Int

  init(_ layer: IntegerLayer, name: String, input: CodeActivations) {
    self.name = name
    self.input = input
    let (classes, channels) = (layer.weights.outputChannels, layer.weights.shape[1])
    classCount = classes
    multiplyAdds = classes * channels
    epilogue = IntegerEpilogue(
      layer.requantization, shape: CodeShape([classes, 1, 1]), residual: nil, output: .logits)
    let inputs = input.shape.paddedChannels
    let rows = (0..<classes).flatMap { row in
      layer.weights.values[row * channels..<(row + 1) * channels]
        + [Int16](repeating: 0, count: inputs - channels)
    }
    packed = KernelMemory(
      bytes: epilogue.shape.paddedChannels * inputs * MemoryLayout<Int16>.stride)
    ck_head_pack(Int32(classes), Int32(inputs), rows, packed.pointer(Int16.self))
  }

  func scratchBytes(images: Int, threads: Int) -> Int {
    images * input.shape.paddedChannels * MemoryLayout<Int32>.stride
  }

  func run(_ run: IntegerRun) {
    let channels = input.shape.paddedChannels
    let sums = SharedPointer(run.scratch.assumingMemoryBound(to: Int32.self))
    let logits = SharedPointer(run.logits)
    run.context.forEach((0..<run.count).chunks(of: 4)) { images in
      for image in images {
        var shape = input.shape.kernel
        ck_codes_sums(&shape, input.image(image), sums.base + image * channels)
      }
      var requantization = epilogue.kernel(0)
      ck_head(
        Int32(classCount), Int32(channels), Int32(images.count),
        sums.base + images.lowerBound * channels, packed.pointer(Int16.self), &requantization,
        logits.base + images.lowerBound * classCount)
    }
  }
}

extension CodeShape {
  /// Calls `body` for bands of rows of every image, which workers take one by one.
  ///
  /// A band is a whole image if there are enough images.
  func forEachBand(
    of run: IntegerRun, _ body: @Sendable (_ image: Int, _ rows: Range<Int>) -> Void
  ) {
    let bands = run.count >= run.context.threads ? 1 : min(run.context.threads, height)
    let rows = (0..<height).chunks(of: (height + bands - 1) / bands)
    run.context.forEach(run.count * rows.count) { item, _ in
      body(item / rows.count, rows[item % rows.count])
    }
  }
}

extension ck_codes_window {
  init(_ window: Window, from: CodeShape, to: CodeShape) {
    self.init(
      from: from.kernel, to: to.kernel, kernel: Int32(window.kernel),
      stride: Int32(window.stride), padding: Int32(window.padding))
  }
}
