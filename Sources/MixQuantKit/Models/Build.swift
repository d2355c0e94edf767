internal import Execution
internal import Tensors
internal import Version

/// The program and the arithmetic that computed a result.
///
/// Equal builds give equal bits. Other kernels or another BLAS may round the last bit differently, so kept
/// results and packed files name them.
package struct Build: Codable, Equatable, Sendable {
  /// The version with the tag or commit of the source.
  package let version: String
  /// The family of kernels in use, see `KernelFamily`.
  package let kernels: String
  /// The BLAS library with the kernels that it chose.
  package let blas: String

  /// True if the result has the same bits on every processor (`--portable-math`).
  package var isPortable: Bool { kernels == Self.portableKernels }

  private static let portableKernels = "portable math"

  /// The build that runs, on the kernels in use.
  ///
  /// With portable math, neither the processor's kernels nor the BLAS influence a result.
  package static var current: Build {
    guard !PortableMath.isInUse else {
      return Build(version: toolVersion, kernels: portableKernels, blas: "no BLAS")
    }
    return Build(
      version: toolVersion, kernels: KernelFamily.inUse.rawValue, blas: BLAS.description)
  }

  /// The build as one line.
  package var line: String { "\(version), kernels \(kernels), \(blas)" }

  /// The line of the build that runs, with the instructions of its integer kernels, which change no result.
  package static var currentLine: String {
    "\(current.line), integers \(KernelFamily.integerInstructions)"
  }
}
