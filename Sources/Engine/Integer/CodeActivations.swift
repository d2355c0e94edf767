package import CKernels
internal import Execution
package import Tensors

/// The extents of codes or sums in the layout of CInteger.h.
package struct CodeShape: PaddedShape, Hashable, Sendable {
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

  /// The address of the first byte.
  package var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(floats.base) }

  /// Returns the address of the memory as elements of `type`.
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

  /// Returns the address of an image with its border.
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

  /// Returns the address of an image.
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
