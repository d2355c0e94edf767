internal import CKernels

extension ArraySlice<Float> {
  /// Returns the roundoff of these weights on each of up to eight grids, reading them once.
  ///
  /// - Returns: For each grid Σ |w − ŵ| / |w| over w ≠ 0 if `isRelative` is true, otherwise
  ///   Σ (w − ŵ)², accumulated in Double in a fixed order; and the number of weights counted.
  package func roundoff(
    on grids: [GridParameters], isRelative: Bool
  ) -> (sums: [Double], counted: Int) {
    precondition(grids.count <= CK_ROUNDOFF_GRIDS, "\(grids.count) grids at once")
    let parameters = grids.map {
      ck_grid(scale: $0.scale, zero_point: Int32($0.zeroPoint), levels: Int32($0.levels))
    }
    var sums = [Double](repeating: 0, count: grids.count)
    let counted = withUnsafeBufferPointer {
      ck_roundoff(
        count, $0.baseAddress, Int32(grids.count), parameters, isRelative ? 1 : 0, &sums)
    }
    return (sums, counted)
  }
}
