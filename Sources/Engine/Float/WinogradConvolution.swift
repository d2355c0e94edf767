internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// A 3×3 convolution at stride 1 by Winograd's F(4×4, 3×3) (winograd.c).
struct WinogradConvolution: ProgramStep {
  let name: String
  let multiplyAdds: Int
  private let channels: Int
  private let outputChannels: Int
  private let packed: FloatBuffer
  private let input: BlockedActivations
  private let output: BlockedActivations
  private let epilogue: Epilogue
  /// The number of tiles of one image.
  private let tiles: Int

  /// The number of tiles that a worker takes through all three phases together if there are few channels.
  ///
  /// Their transforms fit into the second-level cache.
  private static let tilesAtOnce = 30

  init(
    _ convolution: Convolution, name: String, input: BlockedActivations,
    output: BlockedActivations, epilogue: Epilogue, context: Context
  ) {
    self.name = name
    channels = input.shape.channels
    outputChannels = output.shape.channels
    multiplyAdds =
      9 * channels * outputChannels * output.shape.height * output.shape.width
    self.input = input
    self.output = output
    self.epilogue = epilogue
    var shape = output.shape.kernel
    tiles = Int(ck_winograd_tiles(&shape))
    packed = FloatBuffer(
      uninitializedCount: WinogradMatrices.count * channels * outputChannels)
    pack(convolution.weight.scalars, context: context)
  }

  /// Transforms the weights on all threads, which also make the pages of `packed` resident.
  private func pack(_ weights: [Float], context: Context) {
    context.forEach((0..<outputChannels).chunks(of: 64)) { outputs in
      ck_winograd_pack(
        Int32(outputChannels), Int32(channels), Int32(outputs.lowerBound),
        Int32(outputs.upperBound), weights, packed.base)
    }
  }

  private var isFused: Bool { channels * outputChannels <= 64 * 64 }

  func scratchFloats(images: Int, threads: Int) -> Int {
    let (rows, parts) = isFused ? (Self.tilesAtOnce, threads) : (tiles * images, 1)
    return parts * (inputs(rows).floats + products(rows).floats)
  }

  private func inputs(_ tiles: Int) -> WinogradMatrices {
    WinogradMatrices(rows: tiles, columns: channels, isPacked: true)
  }

  private func products(_ tiles: Int) -> WinogradMatrices {
    WinogradMatrices(rows: tiles, columns: outputChannels, isPacked: true)
  }

  func run(_ run: ProgramRun) {
    if isFused { runFused(run) } else { runInPhases(run) }
  }

  private func runFused(_ run: ProgramRun) {
    let size = Self.tilesAtOnce
    let groups = (tiles + size - 1) / size
    let (inputs, products) = (inputs(size), products(size))
    run.context.forEach(run.count * groups) { item, worker in
      let (image, first) = (item / groups, item % groups * size)
      let count = min(size, tiles - first)
      let scratch = run.scratch + worker * (inputs.floats + products.floats)
      transform(image, first, count, inputs.lie, into: scratch)
      for position in 0..<WinogradMatrices.count {
        multiply(
          position, count, inputs, scratch, into: products, scratch + inputs.floats)
      }
      finish(image, first, count, products.lie, scratch + inputs.floats)
    }
  }

  /// Computes each phase for all tiles of all images, so that each weight is read only once.
  private func runInPhases(_ run: ProgramRun) {
    let total = tiles * run.count
    let (inputs, products) = (inputs(total), products(total))
    let scratch = SharedPointer(run.scratch)
    let results = SharedPointer(run.scratch + inputs.floats)
    run.context.forEach(run.count) { image, _ in
      transform(image, 0, tiles, inputs.lie, into: scratch.base + image * tiles * channels)
    }
    run.context.forEach(WinogradMatrices.count) { position, _ in
      multiply(position, total, inputs, scratch.base, into: products, results.base)
    }
    run.context.forEach(run.count) { image, _ in
      finish(image, 0, tiles, products.lie, results.base + image * tiles * outputChannels)
    }
  }

  private func transform(
    _ image: Int, _ first: Int, _ count: Int, _ lie: ck_matrices,
    into inputs: UnsafeMutablePointer<Float>
  ) {
    var shape = input.shape.kernel
    ck_winograd_input(&shape, Int32(first), Int32(count), input.image(image), lie, inputs)
  }

  private func multiply(
    _ position: Int, _ count: Int, _ inputs: WinogradMatrices,
    _ transformed: UnsafePointer<Float>, into products: WinogradMatrices,
    _ results: UnsafeMutablePointer<Float>
  ) {
    ck_dense_multiply(
      Int32(outputChannels), Int32(channels), Int32(count),
      packed.base + position * channels * outputChannels,
      transformed + position * inputs.lie.matrix, results + position * products.lie.matrix)
  }

  private func finish(
    _ image: Int, _ first: Int, _ count: Int, _ lie: ck_matrices,
    _ products: UnsafePointer<Float>
  ) {
    var (shape, epilogueKernel) = (output.shape.kernel, epilogue.kernel)
    ck_winograd_output(
      &shape, Int32(first), Int32(count), lie, products, &epilogueKernel,
      epilogue.residualImage(image), output.image(image))
  }
}
