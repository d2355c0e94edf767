import Files
import Graphs
import Tensors

/// The facts about modules in a file that holds a whole network, by torchvision's names.
///
/// A state dict states none. Every fact is used, or the network is refused; none is ignored.
struct ModuleFacts {
  private let modules: [(name: String, module: ModuleDescription)]
  private let indices: [String: Int]
  /// The path of every module in the file.
  private let paths: [String: String]

  /// Creates the facts of the modules of one network.
  ///
  /// - Parameter canonical: Returns the network's name for a module's path; nil for other modules.
  init(_ modules: [NamedModule], canonical: (String) -> String?) {
    var named: [(name: String, module: ModuleDescription)] = []
    var paths: [String: String] = [:]
    for entry in modules {
      guard let name = canonical(entry.path), paths[name] == nil else { continue }
      named.append((name, entry.module))
      paths[name] = entry.path
    }
    self.modules = named
    self.paths = paths
    indices = Dictionary(uniqueKeysWithValues: named.enumerated().map { ($1.name, $0) })
  }

  /// True if convolutions state their strides.
  var areKnown: Bool {
    modules.contains { $0.module.shortName == "Conv2d" && $0.module.attributes["stride"] != nil }
  }

  private subscript(name: String) -> ModuleDescription? { indices[name].map { modules[$0].module } }

  /// Throws `badData` that names a module whose function no supported network has.
  func refuseUnknownFunctions() throws(InputError) {
    for (name, module) in modules where !module.hasChildren {
      guard !Self.known.contains(module.shortName) else { continue }
      throw refused(
        name,
        "its class is \(module.shortName), but a supported network has only convolutions, batch "
          + "normalisation, ReLU and pooling")
    }
    for (name, module) in modules where module.shortName.hasPrefix("AdaptiveAvgPool") {
      guard let size = module.attributes["output_size"], !["1", "1,1"].contains(size) else {
        continue
      }
      throw refused(
        name, "it pools to \(size), but the head of a supported network reads 1×1 means")
    }
  }

  /// Returns the stride and padding of the convolution `name`, if the module states them.
  ///
  /// - Throws: `badData` for dilation, other groups, other padding than zeros and extents that differ.
  func geometry(
    of name: String, groups: Int
  ) throws(InputError) -> (stride: Int, padding: Int)? {
    guard let module = self[name], let stride = try extent("stride", of: name) else { return nil }
    if let dilation = try extent("dilation", of: name), dilation != 1 {
      throw refused(name, "its dilation is \(dilation), and dilated convolutions are not supported")
    }
    if let mode = module.attributes["padding_mode"], mode != "zeros" {
      throw refused(name, "its padding is '\(mode)', but only zeros are supported")
    }
    if let stated = module.attributes["groups"], stated != String(groups) {
      throw refused(name, "it has \(stated) groups, but its weights show \(groups)")
    }
    guard let padding = try extent("padding", of: name) else { return nil }
    return (stride, padding)
  }

  /// Returns the stride of the block `name`: the product over its branch; nil if it is unknown.
  func stride(ofBlock name: String) throws(InputError) -> Int? {
    var product: Int?
    for convolution in ["conv1", "conv2", "conv3"] {
      guard let stride = try extent("stride", of: "\(name).\(convolution)") else { continue }
      product = (product ?? 1) * stride
    }
    return product
  }

  /// The ε of the normalisation `name`, if the module states it.
  func epsilon(of name: String) -> Double? { self[name]?.attributes["eps"].flatMap(Double.init) }

  /// Returns the pooling between the stem and the first block; nil if the modules do not show it.
  func stemPooling() throws(InputError) -> [Operation]? {
    guard areKnown else { return nil }
    var pooling: [Operation] = []
    for (name, module) in modules where !name.hasPrefix("layer") {
      guard module.shortName == "MaxPool2d" else { continue }
      guard pooling.isEmpty else { throw refused(name, "it is the second pooling of the stem") }
      guard module.attributes["kernel_size"] != nil else { return nil }
      guard let kernel = try extent("kernel_size", of: name),
        let stride = try extent("stride", of: name), let padding = try extent("padding", of: name),
        module.attributes["ceil_mode"] != "true",
        ["1", "1,1"].contains(module.attributes["dilation"] ?? "1")
      else { throw refused(name, "its window rounds up or is dilated, which is not supported") }
      pooling.append(.maxPool(Window(kernel: kernel, stride: stride, padding: padding)))
    }
    guard pooling.isEmpty else { return pooling }
    // A custom class may pool in its forward function, which leaves no module.
    return self["maxpool"]?.shortName == "Identity" ? [] : nil
  }

  /// Returns the number that `key` states for both axes; nil if it is absent.
  private func extent(_ key: String, of name: String) throws(InputError) -> Int? {
    guard let text = self[name]?.attributes[key] else { return nil }
    if text == "same", key == "padding" { return nil }
    let numbers = text.split(separator: ",").map { Int($0) }
    guard let first = numbers.first, let number = first, numbers.allSatisfy({ $0 == number }) else {
      throw refused(name, "its \(key) is \(text), but both axes must have one number")
    }
    return number
  }

  private func refused(_ name: String, _ reason: String) -> InputError {
    InputError(
      .unsupportedNetwork, "the network is not supported", at: paths[name] ?? name, because: reason,
      try: ParameterReader.familyRemedy)
  }

  /// The classes without submodules that a supported network may have.
  private static let known: Set = [
    "Conv2d", "BatchNorm2d", "SyncBatchNorm", "BatchNormAct2d", "ReLU", "MaxPool2d", "AvgPool2d",
    "AdaptiveAvgPool2d", "FastAdaptiveAvgPool", "AvgPool2dSame", "Identity", "Linear", "Dropout",
    "Dropout2d", "DropPath", "DropBlock2d", "Flatten", "Sequential", "ModuleList", "Sigmoid",
    "Softmax", "LogSoftmax", "LambdaLayer", "CrossEntropyLoss", "NonDynamicallyQuantizableLinear",
    "FloatFunctional", "DeQuantStub", "QuantStub", "FrozenBatchNorm2d",
  ]
}
