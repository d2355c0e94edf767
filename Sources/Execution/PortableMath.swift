internal import CExecution

/// Arithmetic with the same bits on every processor (`--portable-math`).
///
/// Products of float32 matrices then run in plain kernels that add in one order, and no convolution uses a
/// kernel that only one family has. All other computations agree between families anyway.
package enum PortableMath {
  /// True if this process uses portable math.
  package static var isInUse: Bool { ce_has_portable_math() != 0 }

  /// Switches portable math on for the rest of the process; call it before anything is computed.
  package static func use() { ce_use_portable_math() }
}
