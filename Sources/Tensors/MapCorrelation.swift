internal import CKernels
internal import Execution

/// The sum of x·xᵀ over all 3×3 patches x of zero-padded maps, at stride 1.
///
/// It is computed from products of the maps with shifted copies of themselves. Two entries of a
/// patch are two pixels at a fixed offset, which is the same in every window. The 81 blocks
/// (C, C) of the matrix therefore need only 25 offsets, or 13 without transposed pairs. Some entries
/// of a patch never lie on the first or last row or column of the map. The products of that row or
/// column are summed separately and subtracted.
struct MapCorrelation: Sendable {
  private let channels: Int
  private let height: Int
  private let width: Int
  // (products, C, C)
  private var sums: [Double]

  /// Creates an empty sum for maps (C, H, W).
  init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
    sums = [Double](repeating: 0, count: MapProduct.summed.count * channels * channels)
  }

  /// Adds the patches of `images` (N, C, H, W) to the products of this rank.
  mutating func add(_ images: Tensor, context: Context) {
    let (channels, height, width) = (channels, height, width)
    precondition(images.shape == [images.rowCount, channels, height, width], "\(images.shape)")
    let imageCount = images.rowCount
    sums.withUnsafeMutableBufferPointer { buffer in
      let sums = SharedPointer(buffer)
      context.forEach(context.ranks.share(of: MapProduct.summed.count)) { index in
        let product = MapProduct.summed[index]
        let rows = product.vertical.pixels(of: height)
        let columns = product.horizontal.pixels(of: width)
        let positions = imageCount * rows.count * columns.count
        guard positions > 0 else { return }
        /// Copies the pixels of the maps at this offset from the product's range: (C, positions).
        func pixels(_ down: Int, _ right: Int, to place: UnsafeMutablePointer<Float>?) {
          ck_crop(
            Int32(imageCount), Int32(channels), Int32(height), Int32(width),
            Int32(rows.lowerBound + down), Int32(columns.lowerBound + right), Int32(rows.count),
            Int32(columns.count), images.scalars, place)
        }
        let (mapSize, productSize) = (channels * positions, channels * channels)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * mapSize + productSize) {
          let (first, second) = ($0.baseAddress, $0.baseAddress.map { $0 + mapSize })
          pixels(0, 0, to: first)
          pixels(product.vertical.offset, product.horizontal.offset, to: second)
          ck_add_product(
            Int32(channels), Int32(channels), Int32(positions), first, second,
            second.map { $0 + mapSize }, channels,
            sums.base.baseAddress.map { $0 + index * productSize })
        }
      }
    }
  }

  /// Returns the sum with the products of all ranks.
  func exchanged(context: Context) -> MapCorrelation {
    guard context.ranks.count > 1 else { return self }
    let size = channels * channels
    let own = context.ranks.share(of: MapProduct.summed.count)
    var all = self
    all.sums = context.gather(
      own.map { Array(sums[$0 * size..<($0 + 1) * size]) }, of: MapProduct.summed.count
    ).flatMap(\.self)
    return all
  }

  /// Returns the sum of x·xᵀ times `factor`: a symmetric matrix (9·C, 9·C).
  func gram(times factor: Double, context: Context) -> Tensor {
    let (channels, kernel) = (channels, 9)
    let size = channels * kernel
    return Tensor(shape: [size, size]) { gram in
      let gram = SharedPointer(gram)
      let blocks = MapProduct.blocks
      context.forEach(channels) { channel, _ in
        sums.withUnsafeBufferPointer { sums in
          for (block, terms) in blocks.enumerated() {
            let row = (channel * kernel + block / kernel) * size + block % kernel
            for other in 0..<channels {
              var sum = 0.0
              for term in terms {
                // A product with itself is symmetric except for rounding. Its lower triangle is
                // used.
                let isTransposed = term.isSymmetric ? channel < other : term.isTransposed
                let (first, second) = isTransposed ? (other, channel) : (channel, other)
                sum += term.sign * sums[(term.index * channels + first) * channels + second]
              }
              gram.base.initializeElement(at: row + other * kernel, to: Float(sum * factor))
            }
          }
        }
      }
    }
  }
}

/// Pairs of pixels along one axis of a map.
///
/// `all` holds each pixel with its partner at `offset`. `first` and `last` hold only the pixel at
/// that border, paired with itself.
private enum AxisProduct: Hashable {
  case all(offset: Int)
  case first, last

  static let every: [AxisProduct] = (-2...2).map { .all(offset: $0) } + [.first, .last]

  var offset: Int {
    if case .all(let offset) = self { offset } else { 0 }
  }

  /// The same pairs with the pixels of each pair exchanged.
  var transposed: AxisProduct {
    if case .all(let offset) = self { .all(offset: -offset) } else { self }
  }

  /// Returns the first pixels of all pairs on an axis with `count` pixels.
  func pixels(of count: Int) -> Range<Int> {
    switch self {
    case .all(let offset):
      let first = max(0, -offset)
      return first..<max(first, min(count, count - offset))
    case .first: return 0..<1
    case .last: return count - 1..<count
    }
  }

  /// Returns the pairs that windows see at their entries `from` and `to` (0 to 2), as a signed sum.
  ///
  /// No window has its first entry on the last pixel or its last entry on the first pixel.
  static func seen(from: Int, to: Int) -> [(product: AxisProduct, sign: Double)] {
    let all = (product: AxisProduct.all(offset: to - from), sign: 1.0)
    switch (from, to) {
    case (0, 0): return [all, (.last, -1)]
    case (2, 2): return [all, (.first, -1)]
    default: return [all]
    }
  }
}

/// A product of maps with shifted copies of themselves, with a shift along each axis.
private struct MapProduct: Hashable {
  let vertical: AxisProduct
  let horizontal: AxisProduct

  var transposed: MapProduct {
    MapProduct(vertical: vertical.transposed, horizontal: horizontal.transposed)
  }

  /// All products, with only one of each transposed pair.
  static let summed: [MapProduct] = {
    var products: [MapProduct] = []
    for vertical in AxisProduct.every {
      for horizontal in AxisProduct.every {
        let product = MapProduct(vertical: vertical, horizontal: horizontal)
        if !products.contains(product.transposed) { products.append(product) }
      }
    }
    return products
  }()

  /// A product as a term of a block of the Gram matrix.
  struct Term: Sendable {
    /// The index of the product in `summed`.
    let index: Int
    let isTransposed: Bool
    let isSymmetric: Bool
    let sign: Double
  }

  /// The terms of the block (C, C) of two entries of a patch, for all 9 · 9 pairs of entries.
  static let blocks: [[Term]] = (0..<9).flatMap { from in
    (0..<9).map { to in
      AxisProduct.seen(from: from / 3, to: to / 3).flatMap { vertical in
        AxisProduct.seen(from: from % 3, to: to % 3).map { horizontal in
          let product = MapProduct(vertical: vertical.product, horizontal: horizontal.product)
          guard
            let index = summed.firstIndex(where: { [product, product.transposed].contains($0) })
          else { preconditionFailure("\(product) is not summed") }
          return Term(
            index: index, isTransposed: summed[index] != product,
            isSymmetric: product == product.transposed,
            sign: vertical.sign * horizontal.sign)
        }
      }
    }
  }
}
