import CExecution
import CKernels
import Execution

/// Elements in memory that kernels read and write, all zero at first.
final class KernelMemory<Element> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ elements: [Element]) where Element: AdditiveArithmetic {
    count = elements.count
    base = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64
    ).bindMemory(to: Element.self, capacity: count)
    base.initialize(from: elements, count: count)
  }

  convenience init(count: Int) where Element: AdditiveArithmetic {
    self.init([Element](repeating: .zero, count: count))
  }

  deinit { base.deallocate() }

  var elements: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

/// Codes of some images as kernels lay them out, with a border of code 0.
final class CodeMap {
  let layout: ck_codes
  let images: Int
  let memory: KernelMemory<UInt8>

  init(_ layout: ck_codes, images: Int) {
    self.layout = layout
    self.images = images
    memory = KernelMemory(count: images * withUnsafePointer(to: layout, ck_codes_bytes))
  }

  var channels: Int { Int(layout.channels) }
  var height: Int { Int(layout.height) }
  var width: Int { Int(layout.width) }
  /// The number of values of all maps, without borders.
  var sums: Int { images * height * width * channels }

  private func place(_ image: Int, _ y: Int, _ x: Int, _ channel: Int) -> Int {
    withUnsafePointer(to: layout) {
      image * ck_codes_bytes($0) + ck_codes_origin($0) + y * ck_codes_row($0)
    } + x * channels + channel
  }

  /// The code of a pixel, which may lie on the border.
  subscript(image: Int, y: Int, x: Int, channel: Int) -> UInt8 {
    get { memory.base[place(image, y, x, channel)] }
    set { memory.base[place(image, y, x, channel)] = newValue }
  }

  /// Sets every code inside the border.
  func fill(_ code: () -> UInt8) {
    for image in 0..<images {
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<channels { self[image, y, x, channel] = code() }
        }
      }
    }
  }

  /// All codes inside the border, in order.
  var codes: [UInt8] {
    (0..<images).flatMap { image in
      (0..<height).flatMap { y in
        (0..<width).flatMap { x in (0..<channels).map { self[image, y, x, $0] } }
      }
    }
  }

  /// True if every byte of the border is 0.
  var hasCleanBorder: Bool {
    let inside = codes.reduce(0) { $0 + Int($1) }
    return memory.elements.reduce(0) { $0 + Int($1) } == inside
  }
}

extension ck_codes {
  init(_ channels: Int, _ height: Int, _ width: Int) {
    self.init(channels: Int32(channels), height: Int32(height), width: Int32(width))
  }
}

extension SplitMix64 {
  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + index(below: range.count)
  }

  mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
    index(below: denominator) < numerator
  }
}

/// The instructions of integer kernels that this processor has.
let dots = [
  CE_DOT_PORTABLE, CE_DOT_AVX2, CE_DOT_AVX_VNNI, CE_DOT_AVX512, CE_DOT_AVX512_VNNI,
].filter { ce_has_dot($0) != 0 }
