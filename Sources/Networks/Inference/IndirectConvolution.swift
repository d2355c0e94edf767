internal import CKernels
internal import Tensors

/// A convolution whose windows are read where they stand (indirect.c).
struct IndirectConvolution: PlanStep {
  /// Where windows begin and which floats they hold.
  private struct Windows: Sendable {
    let offsets: [Int32]
    let runLength: Int
    let columnStride: Int
    let rowStride: Int
    let imageStride: Int
    let first: Int
    /// For each float of a window, in order, its place in (C, KH, KW).
    let weightOrder: [Int]
  }

  let name: String
  let multiplyAdds: Int
  private let windows: Windows
  private let source: @Sendable (Int) -> UnsafePointer<Float>
  private let packed: AlignedFloats
  private let epilogue: Epilogue
  private let output: BlockedActivations

  /// A convolution of blocked activations.
  init(
    _ convolution: Conv2d, input: BlockedActivations, output: BlockedActivations,
    epilogue: Epilogue
  ) {
    let kernel = convolution.weight.shape[2]
    let (stride, padding) = (convolution.geometry.stride, convolution.geometry.padding)
    let shape = input.shape
    var offsets: [Int32] = []
    var order: [Int] = []
    for block in 0..<shape.channels / 16 {
      for ky in 0..<kernel {
        for kx in 0..<kernel {
          offsets.append(Int32(block * shape.mapStride + ky * shape.rowStride + kx * 16))
          order += (0..<16).map { ((block * 16 + $0) * kernel + ky) * kernel + kx }
        }
      }
    }
    self.init(
      convolution, output: output, epilogue: epilogue,
      windows: Windows(
        offsets: offsets, runLength: 16, columnStride: stride * 16,
        rowStride: stride * shape.rowStride, imageStride: shape.floats,
        first: (1 - padding) * (shape.rowStride + 16), weightOrder: order)
    ) { UnsafePointer(input.image($0)) }
  }

  /// The stem's convolution of interleaved images, which carry its padding.
  init(
    stem convolution: Conv2d, input: Interleaving, output: BlockedActivations,
    epilogue: Epilogue
  ) {
    let (channels, kernel) = (convolution.weight.shape[1], convolution.weight.shape[2])
    let stride = convolution.geometry.stride
    let row = (input.width + 2 * input.padding) * channels
    let order = (0..<kernel).flatMap { ky in
      (0..<kernel).flatMap { kx in (0..<channels).map { ($0 * kernel + ky) * kernel + kx } }
    }
    let (base, imageStride) = (input.output, input.imageStride)
    self.init(
      convolution, output: output, epilogue: epilogue,
      windows: Windows(
        offsets: (0..<kernel).map { Int32($0 * row) }, runLength: kernel * channels,
        columnStride: stride * channels, rowStride: stride * row, imageStride: imageStride,
        first: 0, weightOrder: order)
    ) { UnsafePointer(base.base + $0 * imageStride) }
  }

  private init(
    _ convolution: Conv2d, output: BlockedActivations, epilogue: Epilogue, windows: Windows,
    source: @escaping @Sendable (Int) -> UnsafePointer<Float>
  ) {
    name = convolution.name
    self.output = output
    self.epilogue = epilogue
    self.windows = windows
    self.source = source
    let (rows, length) = (convolution.outputChannels, windows.weightOrder.count)
    multiplyAdds = rows * length * output.shape.height * output.shape.width
    let weights = (0..<rows).flatMap { row in
      windows.weightOrder.map { convolution.weight.scalars[row * length + $0] }
    }
    packed = AlignedFloats(count: weights.count)
    ck_indirect_pack(Int32(rows), Int32(length), weights, packed.base)
  }

  func run(_ run: PlanRun) {
    // Whole images where there are plenty; bands of rows where there are not.
    let height = output.shape.height
    let bands = run.count >= 4 * run.workers.count ? 1 : min(height, 2 * run.workers.count)
    let rows = (height + bands - 1) / bands
    run.workers.forEach(run.count * bands) { item, _ in
      let (image, first) = (item / bands, item % bands * rows)
      guard first < height else { return }
      windows.offsets.withUnsafeBufferPointer { offsets in
        var kernel = ck_indirect(
          to: output.shape.kernel, runs: Int32(offsets.count),
          run_length: Int32(windows.runLength), offsets: offsets.baseAddress,
          column_stride: Int32(windows.columnStride), row_stride: Int32(windows.rowStride),
          image_stride: windows.imageStride, first: Int32(windows.first))
        var epilogueKernel = epilogue.kernel
        ck_indirect_convolve(
          &kernel, Int32(first), Int32(min(rows, height - first)), source(image), packed.base,
          &epilogueKernel, epilogue.residualImage(image), output.image(image))
      }
    }
  }
}
