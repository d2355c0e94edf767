internal import CExecution
internal import CKernels
internal import Execution

/// The rule that chooses between exact Winograd and direct convolution.
///
/// It depends only on shapes, instructions and guards. All kernels give the same bits, so it never changes
/// a result.
extension ck_exact_winograd {
  /// True if it takes less time than direct convolution in a large batch.
  var isFast: Bool { cost < Double(9 * to.height * to.width) }

  /// The time for one image and one pair of channels.
  ///
  /// The unit is the time of one multiply-add of direct convolution. Transforms add about 15 % to the
  /// products.
  var cost: Double {
    withUnsafePointer(to: self) { 1.15 * Double(ck_exact_winograd_products($0)) } * costOfProduct
  }

  /// The time of a product, in the same unit.
  ///
  /// VNNI multiplies twice as many bytes as words. Without it, no instruction for bytes is exact.
  private var costOfProduct: Double {
    switch (dot, tile) {
    case (CE_DOT_PORTABLE, _): 1
    case (CE_DOT_AVX2, 4), (CE_DOT_AVX512, 4): 1.25
    case (CE_DOT_AVX2, _), (CE_DOT_AVX512, _): .infinity
    case (_, 4): 2
    default: 1
    }
  }

  /// The smallest number of tiles in a run for which it is faster than direct convolution.
  ///
  /// Transformed weights are eight times (words) or twice (bytes) as large as those of direct convolution.
  /// If they do not fit the second-level cache, only a run of many tiles is worth reading them from memory.
  var leastTiles: Int { panelBytes <= 2 << 20 ? 1 : tile == 4 ? 32 : 12 }

  /// The number of tiles of one image.
  var tiles: Int { withUnsafePointer(to: self) { Int(ck_exact_winograd_tiles($0)) } }

  /// The number of tiles of a part whose transforms stay in the cache.
  var tilesAtOnce: Int {
    withUnsafePointer(to: self) { Int(ck_exact_winograd_tiles_at_once($0)) }
  }

  private var panelBytes: Int { withUnsafePointer(to: self, ck_exact_winograd_panel_bytes) }

  /// Returns the bytes of scratch memory that the largest of `pieces` needs.
  func scratchBytes(_ pieces: [ck_exact_winograd_region]) -> Int {
    guard let piece = pieces.first else { return 0 }
    return withUnsafePointer(to: self) { ck_exact_winograd_scratch($0, piece.images, piece.parts) }
  }

  /// Returns true if the convolution with `weights` (OC, 3, 3, C) is exact.
  func suits(_ weights: KernelMemory) -> Bool {
    withUnsafePointer(to: self) { ck_exact_winograd_suits($0, weights.pointer(Int16.self)) != 0 }
  }

  /// Returns the transformed weights.
  func panels(_ weights: KernelMemory, context: Context) -> KernelMemory {
    let panels = KernelMemory(bytes: panelBytes)
    context.forEach((0..<Int(to.channels)).chunks(of: 64)) { outputs in
      var winograd = self
      ck_exact_winograd_pack(
        &winograd, Int32(outputs.lowerBound), Int32(outputs.upperBound),
        weights.pointer(Int16.self), panels.base)
    }
    return panels
  }
}
