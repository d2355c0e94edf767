import Networks

/// The options of a user about a checkpoint, as the command line has them.
///
/// A packed file records them, because its network depends on them.
package struct CheckpointFlags: Codable, Equatable, Sendable {
  /// True if moving averages of weights (EMA) were preferred.
  package let ema: Bool?
  /// True if a bottleneck's stride is on its first 1×1 convolution, false if it is on the 3×3 one.
  package let strideIn1x1: Bool?
  package let bnEpsilon: Double?
  package let stemStride: Int?
  package let stemPadding: Int?
  package let hasStemPooling: Bool?
  /// The name of the last layer.
  package let head: String?

  /// Creates the record of `options`; nil if the user gave none.
  package init?(_ options: CheckpointOptions) {
    guard options != CheckpointOptions() else { return nil }
    let architecture = options.architecture
    ema = options.preferEMA ? true : nil
    strideIn1x1 = architecture.strideIn1x1
    bnEpsilon = architecture.bnEpsilon
    stemStride = architecture.stemStride
    stemPadding = architecture.stemPadding
    hasStemPooling = architecture.hasStemPooling
    head = architecture.head
  }
}
