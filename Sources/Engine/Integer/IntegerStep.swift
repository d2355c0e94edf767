package import Execution

/// The images of one run of an integer program; their number is limited by the program's buffers.
package struct IntegerRun: @unchecked Sendable {
  package enum Images {
    /// Planes of 8-bit pixels, (count, 3, H, W).
    case pixels(UnsafePointer<UInt8>)
    /// Floats, (count, C, H, W).
    case floats(UnsafePointer<Float>)
  }

  let images: Images
  /// The number of images.
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
/// `run.context`. Its result depends neither on the number of images nor on the number of threads.
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
