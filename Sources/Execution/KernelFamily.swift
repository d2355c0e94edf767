internal import CExecution
package import Files

/// A set of processor instructions that kernels are written or compiled for; the widest is the last.
///
/// All kernels of a process use the same family: the one that the environment variable MIXQ_ISA names, or
/// else the widest that the processor supports.
package enum KernelFamily: String, CaseIterable, Comparable, Sendable {
  /// Plain C for any processor.
  case portable
  /// AVX2 with fused multiply-add, x86-64-v3.
  case avx2
  /// AVX-512, x86-64-v4; the only one with blocked kernels.
  case avx512

  private init(_ family: ce_family) {
    switch family {
    case CE_AVX512: self = .avx512
    case CE_AVX2: self = .avx2
    default: self = .portable
    }
  }

  /// The widest family that this processor has.
  package static var widest: KernelFamily { KernelFamily(ce_widest_family()) }

  /// The family that all kernels of this process use.
  package static var inUse: KernelFamily { KernelFamily(ce_family_in_use()) }

  /// The instructions that integer kernels use in this process, such as "avx512-vnni".
  ///
  /// They belong to the family in use, with dot products of bytes if the processor has them. All of them
  /// give the same bits.
  package static var integerInstructions: String { String(cString: ce_dot_name(ce_dot_in_use())) }

  /// Throws `usage` if MIXQ_ISA names no family, or one that this processor lacks.
  package static func checkRequest() throws(InputError) {
    let reason: String
    switch ce_family_request() {
    case CE_UNKNOWN_NAME: reason = "there is no such family of kernels"
    case CE_UNSUPPORTED: reason = "this processor does not have these instructions"
    default: return
    }
    let supported = allCases.filter { $0 <= widest }.map(\.rawValue)
    throw InputError(
      .unsuitableChoice, "cannot use the kernels that are asked for", at: "MIXQ_ISA",
      because: reason,
      try: "unset it, or set it to one of \(supported.joined(separator: ", "))")
  }

  package static func < (left: KernelFamily, right: KernelFamily) -> Bool {
    left.order < right.order
  }

  private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
