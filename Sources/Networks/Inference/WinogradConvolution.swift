internal import CKernels
internal import Tensors

/// A 3×3 convolution at stride 1 by Winograd's F(4×4, 3×3) (winograd.c).
struct WinogradConvolution: PlanStep {
  let name: String
  let multiplyAdds: Int
  private let channels: Int
  private let outputChannels: Int
  private let packed: AlignedFloats
  private let input: BlockedActivations
  private let output: BlockedActivations
  private let epilogue: Epilogue
  /// Of one image.
  private let tiles: Int

  private static let positions = 36
  /// Tiles that a worker takes through all three phases at once where channels are few: their transforms
  /// stay in the second-level cache.
  private static let tilesAtOnce = 30

  init(
    _ convolution: Conv2d, input: BlockedActivations, output: BlockedActivations,
    epilogue: Epilogue
  ) {
    name = convolution.name
    channels = input.shape.channels
    outputChannels = output.shape.channels
    multiplyAdds =
      9 * channels * outputChannels * output.shape.height * output.shape.width
    self.input = input
    self.output = output
    self.epilogue = epilogue
    var shape = output.shape.kernel
    tiles = Int(ck_winograd_tiles(&shape))
    packed = AlignedFloats(count: Self.positions * channels * outputChannels)
    ck_winograd_pack(
      Int32(outputChannels), Int32(channels), convolution.weight.scalars, packed.base)
  }

  private var isFused: Bool { channels * outputChannels <= 64 * 64 }

  func scratchFloats(images: Int, workers: Int) -> Int {
    let columns = isFused ? Self.tilesAtOnce * workers : tiles * images
    return Self.positions * columns * (channels + outputChannels)
  }

  func run(_ run: PlanRun) {
    if isFused { runFused(run) } else { runInPhases(run) }
  }

  private func runFused(_ run: PlanRun) {
    let size = Self.tilesAtOnce
    let groups = (tiles + size - 1) / size
    let stretch = Self.positions * size * (channels + outputChannels)
    run.workers.forEach(run.count * groups) { item, worker in
      let (image, first) = (item / groups, item % groups * size)
      let count = min(size, tiles - first)
      let inputs = run.scratch + worker * stretch
      let products = inputs + Self.positions * size * channels
      transform(image, first, count, stride: size, into: inputs)
      for position in 0..<Self.positions {
        multiply(position, count, stride: size, inputs, into: products)
      }
      finish(image, first, count, stride: size, products)
    }
  }

  /// All tiles of all images at once, so that the weights of a position are read but once.
  private func runInPhases(_ run: PlanRun) {
    let total = tiles * run.count
    let inputs = SharedPointer(run.scratch)
    let products = SharedPointer(run.scratch + Self.positions * total * channels)
    run.workers.forEach(run.count) { image, _ in
      transform(image, 0, tiles, stride: total, into: inputs.base + image * tiles * channels)
    }
    run.workers.forEach(Self.positions) { position, _ in
      multiply(position, total, stride: total, inputs.base, into: products.base)
    }
    run.workers.forEach(run.count) { image, _ in
      finish(
        image, 0, tiles, stride: total, products.base + image * tiles * outputChannels)
    }
  }

  private func transform(
    _ image: Int, _ first: Int, _ count: Int, stride: Int, into inputs: UnsafeMutablePointer<Float>
  ) {
    var shape = input.shape.kernel
    ck_winograd_input(
      &shape, Int32(first), Int32(count), input.image(image), Int32(stride), inputs)
  }

  private func multiply(
    _ position: Int, _ count: Int, stride: Int, _ inputs: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>
  ) {
    ck_dense_multiply(
      Int32(outputChannels), Int32(channels), Int32(count),
      packed.base + position * channels * outputChannels,
      inputs + position * stride * channels, products + position * stride * outputChannels)
  }

  private func finish(
    _ image: Int, _ first: Int, _ count: Int, stride: Int, _ products: UnsafePointer<Float>
  ) {
    var (shape, epilogueKernel) = (output.shape.kernel, epilogue.kernel)
    ck_winograd_output(
      &shape, Int32(first), Int32(count), Int32(stride), products, &epilogueKernel,
      epilogue.residualImage(image), output.image(image))
  }
}

/// A pointer whose places the workers share out among themselves.
private struct SharedPointer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>

  init(_ base: UnsafeMutablePointer<Float>) { self.base = base }
}
