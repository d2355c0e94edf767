internal import CKernels
package import Execution
package import Graphs
package import Tensors

/// A convolution whose kernel reads its windows directly from the input (indirect.c).
package struct IndirectConvolution: ProgramStep {
  /// The addresses of windows and of the floats in them, in floats; see `ck_indirect`.
  private struct Windows: Sendable {
    let offsets: [Int32]
    let runLength: Int
    let columnStride: Int
    let rowStride: Int
    let imageStride: Int
    let first: Int
  }

  let name: String
  let multiplyAdds: Int
  private let windows: Windows
  private let source: @Sendable (Int) -> UnsafePointer<Float>
  private let packed: FloatBuffer
  private let epilogue: Epilogue
  private let output: BlockedActivations

  /// Creates a convolution of blocked activations.
  package init(
    _ convolution: Convolution, name: String, input: BlockedActivations,
    output: BlockedActivations, epilogue: Epilogue
  ) {
    let kernel = convolution.weight.shape[2]
    let (stride, padding) = (convolution.geometry.stride, convolution.geometry.padding)
    let shape = input.shape
    var offsets: [Int32] = []
    for block in 0..<shape.channels / 16 {
      for ky in 0..<kernel {
        for kx in 0..<kernel {
          offsets.append(Int32(block * shape.mapStride + ky * shape.rowStride + kx * 16))
        }
      }
    }
    self.init(
      convolution, name: name, output: output, epilogue: epilogue,
      windows: Windows(
        offsets: offsets, runLength: 16, columnStride: stride * 16,
        rowStride: stride * shape.rowStride, imageStride: shape.floats,
        first: (1 - padding) * (shape.rowStride + 16))
    ) { UnsafePointer(input.image($0)) }
    load(convolution.weight, of: convolution, input: shape)
  }

  /// Replaces the weights by `weight` (OC, C, K, K).
  package func load(_ weight: Tensor, of convolution: Convolution, input: BlockedShape) {
    var window = convolution.window(from: input, to: output.shape)
    ck_window_pack(&window, weight.scalars, packed.base)
  }

  /// Creates the first convolution, whose input is interleaved images with its padding.
  init(
    images convolution: Convolution, name: String, input: Interleaving,
    output: BlockedActivations, epilogue: Epilogue
  ) {
    let (channels, kernel) = (convolution.weight.shape[1], convolution.weight.shape[2])
    let stride = convolution.geometry.stride
    let row = (input.width + 2 * input.padding) * channels
    let order = (0..<kernel).flatMap { ky in
      (0..<kernel).flatMap { kx in (0..<channels).map { ($0 * kernel + ky) * kernel + kx } }
    }
    let (base, imageStride) = (input.output, input.imageStride)
    self.init(
      convolution, name: name, output: output, epilogue: epilogue,
      windows: Windows(
        offsets: (0..<kernel).map { Int32($0 * row) }, runLength: kernel * channels,
        columnStride: stride * channels, rowStride: stride * row, imageStride: imageStride,
        first: 0)
    ) { UnsafePointer(base.base + $0 * imageStride) }
    let length = order.count
    let weights = (0..<convolution.outputChannels).flatMap { row in
      order.map { convolution.weight.scalars[row * length + $0] }
    }
    ck_indirect_pack(Int32(convolution.outputChannels), Int32(length), weights, packed.base)
  }

  private init(
    _ convolution: Convolution, name: String, output: BlockedActivations, epilogue: Epilogue,
    windows: Windows, source: @escaping @Sendable (Int) -> UnsafePointer<Float>
  ) {
    self.name = name
    self.output = output
    self.epilogue = epilogue
    self.windows = windows
    self.source = source
    let weights = convolution.weight.scalars.count
    multiplyAdds = weights * output.shape.height * output.shape.width
    packed = FloatBuffer(count: weights)
  }

  func run(_ run: ProgramRun) { convolve(run.count, context: run.context) }

  /// Computes the first `count` images of the output.
  package func convolve(_ count: Int, context: Context) {
    let pieces = output.shape.pieces(of: count, context: context)
    context.forEach(pieces.count) { index, _ in
      let (first, region) = pieces[index]
      windows.offsets.withUnsafeBufferPointer { offsets in
        var kernel = ck_indirect(
          to: output.shape.kernel, runs: Int32(offsets.count),
          run_length: Int32(windows.runLength), offsets: offsets.baseAddress,
          column_stride: Int32(windows.columnStride), row_stride: Int32(windows.rowStride),
          image_stride: windows.imageStride, first: Int32(windows.first))
        var epilogueKernel = epilogue.kernel
        ck_indirect_convolve(
          &kernel, region, source(first), packed.base, &epilogueKernel,
          epilogue.residualImage(first), output.image(first))
      }
    }
  }
}
