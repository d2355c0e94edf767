package import CKernels
package import Execution
internal import Graphs
package import Tensors

/// The images of one run of an integer program; their number is limited by the program's buffers.
package struct IntegerRun: @unchecked Sendable {
  package enum Images {
    /// Planes of 8-bit pixels, (count, 3, H, W).
    case pixels(UnsafePointer<UInt8>)
    /// Floats, (count, C, H, W).
    case floats(UnsafePointer<Float>)
  }

  let images: Images
  package let count: Int
  /// The place of the first image's result in the buffer of the last step of a stretch; 0 for other steps.
  var firstResult: Int
  /// The memory for the logits, (count, classes).
  let logits: UnsafeMutablePointer<Float>
  package let context: Context
  /// Memory for this step alone, with the size that `scratchBytes` returned, aligned to 64 bytes.
  package let scratch: UnsafeMutableRawPointer
}

/// One kernel call of an integer program, with its buffers.
///
/// A step computes `run.count` images of its output from its inputs and shares the work among
/// `run.context`. Its result depends neither on the number of images nor on the number of workers.
package protocol IntegerStep: Sendable {
  /// The name of the node.
  var name: String { get }
  /// The name of the kernel, for reports.
  var kernel: String { get }
  /// The number of multiply-adds for one image; 0 if the step is not a layer.
  var multiplyAdds: Int { get }
  /// Returns the number of bytes of scratch memory that a run of `images` images needs.
  func scratchBytes(images: Int, threads: Int) -> Int
  func run(_ run: IntegerRun)
}

extension IntegerStep {
  package var multiplyAdds: Int { 0 }
  package func scratchBytes(images: Int, threads: Int) -> Int { 0 }
}

/// The extents of codes or sums in the layout of CInteger.h.
package struct CodeShape: Hashable, Sendable {
  /// The number of real channels.
  package let channels: Int
  package let height: Int
  package let width: Int

  /// Creates the extents from `shape` (C, H, W).
  package init(_ shape: Shape) {
    channels = shape[0]
    height = shape[1]
    width = shape[2]
  }

  /// The number of channels in memory, a multiple of 16.
  package var paddedChannels: Int { (channels + 15) / 16 * 16 }

  package var shape: Shape { [channels, height, width] }

  package var kernel: ck_codes {
    ck_codes(channels: Int32(paddedChannels), height: Int32(height), width: Int32(width))
  }

  /// The bytes of one image of codes with its border.
  package var bytes: Int { withUnsafePointer(to: kernel, ck_codes_bytes) }
  /// The floats of one image of sums, which have no border.
  package var floats: Int { height * width * paddedChannels }
}

/// Memory for kernels, aligned to a cache line, or to a huge page if it is large; zero at first.
package struct KernelMemory: Sendable {
  private let floats: FloatBuffer

  /// The number of bytes, rounded up to a multiple of four.
  package var bytes: Int { floats.count * 4 }

  package init(bytes: Int) { floats = FloatBuffer(count: (bytes + 3) / 4) }

  package init<T>(_ values: [T]) {
    self.init(bytes: values.count * MemoryLayout<T>.stride)
    values.withUnsafeBytes { values in
      guard let start = values.baseAddress else { return }
      base.copyMemory(from: start, byteCount: values.count)
    }
  }

  package var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(floats.base) }

  package func pointer<T>(_ type: T.Type) -> UnsafeMutablePointer<T> {
    base.assumingMemoryBound(to: type)
  }
}

/// The codes of several images at one place of a program, as CInteger.h lays them out.
package struct CodeActivations: Sendable {
  package let shape: CodeShape
  private let memory: KernelMemory

  package init(_ shape: CodeShape, images: Int) {
    self.shape = shape
    memory = KernelMemory(bytes: shape.bytes * images)
  }

  package func image(_ index: Int) -> UnsafeMutablePointer<UInt8> {
    memory.pointer(UInt8.self) + index * shape.bytes
  }
}

/// The sums of several images at one place of a program, (N, H, W, C) floats.
package struct SumActivations: Sendable {
  package let shape: CodeShape
  private let memory: KernelMemory

  package init(_ shape: CodeShape, images: Int) {
    self.shape = shape
    memory = KernelMemory(bytes: shape.floats * images * MemoryLayout<Float>.stride)
  }

  package func image(_ index: Int) -> UnsafeMutablePointer<Float> {
    memory.pointer(Float.self) + index * shape.floats
  }
}

/// The place of a step's result.
package enum IntegerPlace: Sendable {
  case codes(CodeActivations)
  case sums(SumActivations)
  /// The program's images.
  case images
  /// The program's output.
  case logits
}
