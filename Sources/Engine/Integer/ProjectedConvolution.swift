internal import CKernels
internal import Execution

/// A convolution and the projection that is added to it, computed together block by block.
///
/// The floats of a projection take four bytes per value and are read once. A block of 64 channels of some
/// rows stays in its core's cache until the convolution has read it, and is not written to memory.
struct ProjectedConvolution: IntegerStep {
  private let projection: IntegerConvolution
  private let convolution: IntegerConvolution

  /// The largest size of a block of the projection's floats, in bytes.
  private static let blockBytes = 256 << 10
  private static let blockChannels = 64

  /// Creates the step; nil unless `convolution` adds the floats that `projection` writes.
  ///
  /// It is also nil if the output of `convolution` would overwrite the input of `projection`.
  init?(_ projection: any IntegerStep, _ convolution: any IntegerStep) {
    guard let projection = projection as? IntegerConvolution,
      let convolution = convolution as? IntegerConvolution,
      case .sums(let sums) = projection.output, case .sums(let residual)? = convolution.residual,
      case .codes(let codes) = convolution.output,
      sums.image(0) == residual.image(0), codes.image(0) != projection.input.image(0)
    else { return nil }
    self.projection = projection
    self.convolution = convolution
  }

  var name: String { convolution.name }
  var kernel: String { "\(convolution.kernel), with \(projection.name)" }
  var multiplyAdds: Int { convolution.multiplyAdds + projection.multiplyAdds }

  private var shape: CodeShape { convolution.shape }

  /// The rows of a block.
  private var rows: Int {
    let rowBytes = shape.width * ProjectedConvolution.blockChannels * MemoryLayout<Float>.stride
    return min(max(ProjectedConvolution.blockBytes / rowBytes, 1), shape.height)
  }

  /// Returns the floats of a block's rows with all channels, for a piece of `images` images.
  private func floats(images: Int) -> Int {
    images * (images == 1 ? rows : shape.height) * shape.width * shape.paddedChannels
  }

  func scratchBytes(images: Int, threads: Int) -> Int {
    threads * floats(images: shape.imagesPerPiece) * MemoryLayout<Float>.stride
  }

  func run(_ run: IntegerRun) {
    let pieces = shape.pieces(of: run.count, context: run.context)
    let scratch = SharedPointer(run.scratch.assumingMemoryBound(to: Float.self))
    let stride = floats(images: shape.imagesPerPiece)
    run.context.forEach(pieces.count) { index, worker in
      let (first, region) = pieces[index]
      for block in blocks(of: region) {
        // The kernels add the offset of the block in its map.
        let offset =
          Int(block.first_row) * shape.width * shape.paddedChannels + Int(block.first_channel)
        let sums = (scratch.base + worker * stride).before(offset)
        projection.convolve(block, from: first, to: ck_output(codes: nil, sums: sums))
        convolution.convolve(
          block, from: first, to: convolution.output.kernel(run.firstResult + first),
          adding: sums)
      }
    }
  }

  private func blocks(of region: ck_region) -> [ck_region] {
    let atOnce = region.images == 1 ? rows : shape.height
    return (Int(region.first_channel)..<Int(region.end_channel))
      .chunks(of: ProjectedConvolution.blockChannels).flatMap { channels in
        (Int(region.first_row)..<Int(region.end_row)).chunks(of: atOnce).map { rows in
          ck_region(
            images: region.images,
            first_row: Int32(rows.lowerBound), end_row: Int32(rows.upperBound),
            first_channel: Int32(channels.lowerBound), end_channel: Int32(channels.upperBound))
        }
      }
  }
}

extension UnsafeMutablePointer {
  /// Returns the address `count` elements before this one; it may lie outside the allocated memory.
  fileprivate func before(_ count: Int) -> UnsafeMutablePointer? {
    UnsafeMutablePointer(
      bitPattern: UInt(bitPattern: self) &- UInt(count * MemoryLayout<Pointee>.stride))
  }
}
