import Graphs

/// The filter without weights by which an anti-aliased network halves the resolution (Zhang, "Making
/// Convolutional Networks Shift-Invariant Again", ICML 2019).
///
/// It follows the ReLU of a convolution that would have stride 2 and now has stride 1. No tensor shows it.
enum AntiAliasing: Equatable {
  /// timm's `AvgPool2d`.
  case averagePool
  /// timm's `BlurPool2d`.
  case blur

  /// The filter of stride 2 behind a ReLU.
  var filter: Operation {
    switch self {
    case .averagePool: .averagePool(Window(kernel: 2, stride: 2))
    case .blur: .blur(Blur(stride: 2))
    }
  }

  /// The pooling behind the stem, in place of 3×3 max pooling at stride 2.
  var stemPooling: [Operation] {
    switch self {
    case .averagePool: [filter]
    case .blur: [.maxPool(Window(kernel: 3, stride: 1, padding: 1)), filter]
    }
  }

  /// For reports.
  var description: String {
    switch self {
    case .averagePool: "anti-aliased by average pooling"
    case .blur: "anti-aliased by blur pooling"
    }
  }

  /// The values of timm's argument `aa_layer`.
  static let names: [String: AntiAliasing?] = [
    "": AntiAliasing?.none, "avg": .averagePool, "avgpool": .averagePool, "AvgPool2d": .averagePool,
    "blur": .blur, "blurpool": .blur, "BlurPool2d": .blur,
  ]
  /// The same in names of architectures, as in `resnetaa50`.
  static let prefixes = ["aa": AntiAliasing.averagePool, "blur": .blur]
}
