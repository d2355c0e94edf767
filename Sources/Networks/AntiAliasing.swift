import Graphs

/// The method by which an anti-aliased network halves the resolution (Zhang, ICML 2019).
///
/// The strided convolution has stride 1 instead, and a filter without weights follows its ReLU.
/// Tensors do not show this.
enum AntiAliasing: Equatable {
  /// timm's `AvgPool2d`.
  case averagePool
  /// timm's `BlurPool2d`.
  case blur

  /// The filter with stride 2 after a ReLU.
  var filter: Operation {
    switch self {
    case .averagePool: .averagePool(Window(kernel: 2, stride: 2))
    case .blur: .blur(Blur(stride: 2))
    }
  }

  /// The pooling after the stem, instead of 3×3 max pooling at stride 2.
  var stemPooling: [Operation] {
    switch self {
    case .averagePool: [filter]
    case .blur: [.maxPool(Window(kernel: 3, stride: 1, padding: 1)), filter]
    }
  }

  /// The description in reports.
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
  /// The prefixes in names of architectures, such as `resnetaa50`.
  static let prefixes = ["aa": AntiAliasing.averagePool, "blur": .blur]
}
