internal import CExecution

/// Arithmetic with the same bits on every processor (`--portable-math`).
///
/// Products of float32 matrices then run in plain kernels whose sums have one order, and no convolution uses a
/// kernel that belongs to one family. Everything else agrees between families anyway.
package enum PortableMath {
  /// True if this process computes so.
  package static var isInUse: Bool { ce_has_portable_math() != 0 }

  /// Computes so from now on; call it before anything is computed.
  package static func use() { ce_use_portable_math() }
}
