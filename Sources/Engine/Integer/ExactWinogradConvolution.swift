internal import CExecution
internal import CKernels
internal import Execution
internal import Quantization
internal import Tensors

/// A 3×3 convolution of codes at stride 1 by exact Winograd (CExactWinograd.h), with the bits of
/// `IntegerConvolution`.
struct ExactWinogradConvolution: IntegerStep {
  let name: String
  let multiplyAdds: Int
  private let winograd: ck_exact_winograd
  private let panels: KernelMemory
  private let input: CodeActivations
  private let epilogue: IntegerEpilogue
  /// The convolution for runs with fewer tiles than `leastTiles`; nil if every run has enough.
  private let direct: IntegerConvolution?

  /// Creates the step with the fastest tile that is exact for the weights.
  ///
  /// It is nil if no tile is exact or if direct convolution is faster.
  ///
  /// - Parameter ordered: The weights as (OC, 3, 3, C), with padded channels.
  init?(
    _ layer: IntegerLayer, ordered: KernelMemory, name: String, input: CodeActivations,
    epilogue: IntegerEpilogue, context: Context
  ) {
    guard Self.hasGeometry(layer) else { return nil }
    let candidates = [4, 2].map { tile in
      ck_exact_winograd(
        from: input.shape.kernel, to: epilogue.shape.kernel, tile: tile,
        largest_code: Int32(layer.input.bitWidth.levels - 1), dot: ce_dot_in_use())
    }
    let fastest = candidates.filter(\.isFast).sorted { $0.cost < $1.cost }
    guard let winograd = fastest.first(where: { $0.suits(ordered) }) else { return nil }
    self.name = name
    self.input = input
    self.epilogue = epilogue
    self.winograd = winograd
    multiplyAdds = layer.weights.shape.count * epilogue.shape.height * epilogue.shape.width
    panels = winograd.panels(ordered, context: context)
    direct =
      winograd.tiles >= winograd.leastTiles
      ? nil
      : IntegerConvolution(
        layer, ordered: ordered, name: name, input: input, epilogue: epilogue, context: context)
  }

  private static func hasGeometry(_ layer: IntegerLayer) -> Bool {
    let (kernel, geometry) = (layer.weights.kernel, layer.weights.geometry)
    return kernel == (3, 3) && geometry.stride == 1 && geometry.padding == 1
      && IntegerConvolution.suits(layer)
  }

  var kernel: String {
    let form = winograd.tile == 4 ? "F(4×4), s16" : "F(2×2), s8"
    let name = "Winograd \(form), \(String(cString: ce_dot_name(winograd.dot)))"
    let fewest = (winograd.leastTiles - 1) / winograd.tiles + 1
    return direct == nil ? name : "\(name); direct below \(fewest) images"
  }

  func scratchBytes(images: Int, threads: Int) -> Int {
    let bytes = (1...images).map { count in
      threads * winograd.scratchBytes(pieces(of: count, threads: threads))
    }
    return max(
      bytes.max() ?? 0, direct?.scratchBytes(images: images, threads: threads) ?? 0)
  }

  func run(_ run: IntegerRun) {
    if let direct, run.count * winograd.tiles < winograd.leastTiles { return direct.run(run) }
    let pieces = pieces(of: run.count, threads: run.context.threads)
    let bytes = winograd.scratchBytes(pieces)
    run.context.forEach(pieces.count) { index, worker in
      var (winograd, requantization) = (winograd, epilogue.kernel(0))
      ck_exact_winograd_convolve(
        &winograd, pieces[index], input.image(0), panels.base, &requantization,
        epilogue.output(run.firstResult), run.scratch + worker * bytes)
    }
  }

  /// Returns the pieces of `count` images that workers take one by one.
  ///
  /// A piece is a part of the tiles that fits the cache. If there are few parts, workers divide the outputs
  /// too, so that each of them reads only its panels.
  private func pieces(of count: Int, threads: Int) -> [ck_exact_winograd_region] {
    let channels = epilogue.shape.paddedChannels
    let (tiles, blocks) = (count * winograd.tiles, (channels + 63) / 64)
    var parts = (tiles - 1) / winograd.tilesAtOnce + 1
    var blocksAtOnce = blocks
    if parts < 4 * threads, blocks >= threads {
      blocksAtOnce = (blocks - 1) / threads + 1
    } else {
      parts = min((parts - 1) / threads * threads + threads, tiles)
    }
    return (0..<channels).chunks(of: 64 * blocksAtOnce).flatMap { outputs in
      (0..<parts).map { part in
        ck_exact_winograd_region(
          images: Int32(count), part: Int32(part), parts: Int32(parts),
          first_channel: Int32(outputs.lowerBound), end_channel: Int32(outputs.upperBound))
      }
    }
  }
}
