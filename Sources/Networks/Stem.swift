import Files
import Graphs
import Tensors

/// The layers before the first block and the pooling after them.
struct Stem {
  /// A convolution, with a normalisation and ReLU after it if `normalization` is given.
  struct Layer {
    let convolution: String
    let normalization: String?
  }

  /// The name of all layers together.
  let module: String
  let layers: [Layer]
  /// The height and width of all kernels.
  let kernel: Int
  /// The stride of the first layer.
  let stride: Int
  let pooling: [Operation]
  /// True if the stride or the pooling is assumed because neither an option nor the file states it.
  let isAssumed: Bool
  /// The zeros around the input of the first layer, if they are not half its kernel.
  var padding: Int?

  static let maxPool = Operation.maxPool(Window(kernel: 3, stride: 2, padding: 1))

  var isDeep: Bool { layers.count > 1 }

  /// True if it is one 3×3 convolution that keeps the resolution.
  var isSmall: Bool { !isDeep && kernel == 3 && pooling.isEmpty && stride == 1 }

  /// The stride and the pooling as text.
  var description: String {
    let pools =
      switch pooling.count {
      case 0: "no pooling"
      case _ where pooling == [Self.maxPool]: "then 3×3 max pooling at stride 2"
      default: "then pooling against aliasing at stride 2"
      }
    return "stem: stride \(stride), padding \(padding ?? kernel / 2), \(pools)"
  }
}

extension Stem {
  /// Returns the stem of a ResNet.
  ///
  /// It is a 7×7 convolution at stride 2 with pooling, a 3×3 convolution without pooling, or three 3×3
  /// convolutions with pooling (timm's `deep` and `deep_tiered`). The configuration may set the stride
  /// of the first layer and the pooling.
  ///
  /// - Throws: `badData` if kernels have another size or the configuration does not fit.
  static func original(
    _ parameters: inout ParameterReader, _ context: BuildContext, _ claims: Claims
  ) throws(InputError) -> Stem {
    let isDeep = parameters.names.contains { $0.hasPrefix("conv1.0.") }
    let kernel = isDeep ? 3 : try shownKernel(&parameters)
    let isSmall = !isDeep && kernel == 3
    let (options, facts) = (context.options, context.facts)
    let arguments = options.arguments
    if let claim = try arguments.claim("stem_kernel", ["3": 3, "7": 7]), claim.value != kernel {
      throw claim.refused("it is \(claim.value), but the kernels are \(kernel)×\(kernel)")
    }
    let stride = try arguments.claim("stem_stride", ["1": 1, "2": 2])
    let pool = try arguments.claim("stem_pool", ["max": true, "none": false])
    let stated = try facts.geometry(of: isDeep ? "conv1.0" : "conv1", groups: 1)
    let statedPooling = try facts.stemPooling()
    let hasPooling =
      options.hasStemPooling ?? statedPooling.map { !$0.isEmpty } ?? pool?.value
      ?? context.scheme.showsStemPooling ?? !isSmall
    if claims.filters != nil, !hasPooling, let antiAliasing = claims.antiAliasing {
      throw antiAliasing.refused(
        "every known anti-aliased network has pooling after its stem, but this one has none")
    }
    return Stem(
      module: "conv1",
      layers: isDeep
        ? [
          Layer(convolution: "conv1.0", normalization: "conv1.1"),
          Layer(convolution: "conv1.3", normalization: "conv1.4"),
          Layer(convolution: "conv1.6", normalization: "bn1"),
        ] : [Layer(convolution: "conv1", normalization: "bn1")],
      kernel: kernel,
      stride: options.stemStride ?? stated?.stride ?? stride?.value ?? (isSmall ? 1 : 2),
      pooling: hasPooling
        ? claims.filters?.stemPooling ?? (options.hasStemPooling == nil ? statedPooling : nil)
          ?? [maxPool] : [],
      isAssumed: options.stemStride == nil && stated == nil && stride == nil
        || options.hasStemPooling == nil && statedPooling == nil && pool == nil
          && context.scheme.showsStemPooling == nil,
      padding: options.stemPadding ?? stated?.padding)
  }

  private static func shownKernel(_ parameters: inout ParameterReader) throws(InputError) -> Int {
    let shape = try parameters.take("conv1.weight", [nil, nil, nil, nil]).shape
    guard shape[3] == shape[2], shape[2] == 7 || shape[2] == 3 else {
      throw parameters.refused(
        "conv1.weight", "its shape is \(shape), but a stem has 7×7 or 3×3 kernels",
        try: ParameterReader.familyRemedy)
    }
    return shape[2]
  }
}

/// A stem that was appended to a network.
struct BuiltStem {
  /// Its last node.
  let node: Int
  /// The output channels of each layer.
  let widths: [Int]
  /// The channels of the images.
  let inputChannels: Int

  var channels: Int { widths[widths.count - 1] }
}

extension NetworkBuilder {
  /// Appends a stem.
  ///
  /// A stem of one layer is one unit with its pooling. In a deep stem, the first layer is a unit, and
  /// the other layers and the pooling are a second unit.
  mutating func stem(_ stem: Stem) throws(InputError) -> BuiltStem {
    let inputChannels = parameters.inputChannels(of: stem.layers[0].convolution)
    var (node, channels) = (0, inputChannels)
    var widths: [Int] = []
    for (index, layer) in stem.layers.enumerated() {
      (node, channels) = try convolution(
        layer.convolution, [nil, channels, stem.kernel, stem.kernel],
        stride: index == 0 ? stem.stride : 1, padding: index == 0 ? stem.padding : nil,
        batchNorm: layer.normalization, input: node)
      if layer.normalization != nil { node = graph.append(layer.convolution, .relu, node) }
      if index == 0, stem.isDeep { graph.endUnit(layer.convolution) }
      widths.append(channels)
    }
    for operation in stem.pooling { node = graph.append("maxpool", operation, node) }
    graph.endUnit(stem.module)
    return BuiltStem(node: node, widths: widths, inputChannels: inputChannels)
  }
}
