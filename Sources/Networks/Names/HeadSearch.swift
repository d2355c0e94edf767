import Files
import Tensors

/// A search for the linear layer that turns a network's last channels into classes.
struct HeadSearch {
  /// The network's own tensors, by torchvision's or timm's names.
  let stateDict: StateDict
  /// The name of every tensor in the file.
  let fileNames: [String: String]
  /// The names of tensors in stem and blocks.
  let isInside: (String) -> Bool
  /// The name of the head that the user chose, if any.
  let chosen: String?
  /// The number of classes in the configuration, if it states one.
  let classCount: Int?

  /// The module of the head, and the other linear layers that could have been it.
  struct Result {
    let module: String
    let others: [String]
  }

  /// Returns the head.
  ///
  /// - Parameter usual: The name of the head if no layer fits; it is then named as missing.
  /// - Throws: `badData` if several layers fit, if the layer is a part of a larger head, or if the
  ///   network is a backbone without a head; `usage` if the chosen head does not fit.
  func callAsFunction(usual: String) throws(InputError) -> Result {
    guard let width = lastChannels else { return Result(module: usual, others: []) }
    let layers = linearLayers
    let fitting = layers.filter { stateDict["\($0).weight"]?.shape[1] == width }
    if let chosen {
      guard let head = fitting.first(where: { $0 == chosen || fileModule($0) == chosen }) else {
        throw InputError(
          .noSuchLayer, "cannot use the head", at: chosen,
          because: "no linear layer of this name reads \(width) channels",
          try: "choose one of \(fitting.map(fileModule).joined(separator: ", "))")
      }
      return Result(module: head, others: layers.filter { $0 != head })
    }
    if let state = stateDict.names.first(where: Self.isSelfSupervised) {
      throw refused(
        fileNames[state] ?? state,
        "it belongs to self-supervised training (MoCo, DINO), whose last layer has no classes",
        try: "train a linear head on it, or use a checkpoint with one")
    }
    var heads = fitting.filter { !isProjector($0) }
    if heads.count > 1, let classCount {
      let named = heads.filter { stateDict["\($0).weight"]?.shape[0] == classCount }
      if named.count == 1 { heads = named }
    }
    guard let head = heads.first else {
      return Result(module: try missing(layers, width: width, usual: usual), others: [])
    }
    if let next = layers.first(where: { follows(head, $0) }) {
      throw refused(
        "\(fileModule(next)).weight",
        "the head has more than one layer: \(fileModule(next)) follows \(fileModule(head))",
        try: "use a network with one linear layer after its pooling")
    }
    guard heads.count == 1 else {
      throw refused(
        "\(fileModule(heads[1])).weight",
        "several linear layers could be the head: \(heads.map(fileModule).joined(separator: ", "))",
        try: "choose one with --head NAME")
    }
    return Result(module: head, others: layers.filter { fitting.contains($0) && $0 != head })
  }

  /// Returns true for the queue of MoCo and the last layer of DINO.
  private static func isSelfSupervised(_ name: String) -> Bool {
    name == "queue" || name.hasSuffix(".queue") || name.contains("last_layer.weight_")
      || name.contains("last_layer.parametrizations")
  }

  /// Returns `usual` if the checkpoint has such a tensor, whose wrong shape a later check refuses.
  ///
  /// - Throws: `badData` if the checkpoint has no such tensor.
  private func missing(
    _ layers: [String], width: Int, usual: String
  ) throws(InputError) -> String {
    if layers.contains(usual) { return usual }
    if stateDict["\(usual).weight"] != nil { return usual }
    let projector = layers.first(where: isProjector)
    let remains = projector.map { "; \(fileModule($0)) belongs to self-supervised training" } ?? ""
    throw refused(
      "\(usual).weight",
      "the tensor is missing: no linear layer reads the \(width) channels of the last block, so this "
        + "is a backbone without a head\(remains)",
      try: "use a checkpoint with a classifier, or train a linear head on this one")
  }

  /// The modules outside stem and blocks whose weights are a matrix.
  private var linearLayers: [String] {
    stateDict.names.compactMap { name in
      guard name.hasSuffix(".weight"), !isInside(name), let shape = stateDict[name]?.shape,
        shape.rank == 2 || shape.rank == 4 && shape[2] == 1 && shape[3] == 1
      else { return nil }
      let module = String(name.dropLast(".weight".count))
      return UnusedTensors.isUnused(module) || isInBlock(module) ? nil : module
    }
  }

  private func isInBlock(_ module: String) -> Bool {
    module.hasPrefix("layer") && module.contains(".") || module.hasPrefix("stages.")
  }

  private func isProjector(_ module: String) -> Bool {
    module.split(separator: ".").contains { part in
      ["projector", "projection", "projection_head", "predictor", "prototypes", "decoder"]
        .contains(String(part))
    }
  }

  /// Returns true if `next` reads the output of `first` in the same container.
  private func follows(_ first: String, _ next: String) -> Bool {
    guard first != next, let output = stateDict["\(first).weight"]?.shape[0],
      stateDict["\(next).weight"]?.shape[1] == output
    else { return false }
    let parents = [first, next].map { $0.split(separator: ".").dropLast().joined(separator: ".") }
    return parents[0] == parents[1] && !parents[0].isEmpty || parents[1] == first
      || parents[0] == parents[1] && !Self.usualHeads.contains(first)
  }

  private static let usualHeads: Set = ["fc", "linear", "classifier", "output"]

  /// The output channels of the last block, if there is one.
  private var lastChannels: Int? {
    var last: (stage: Int, index: Int, convolution: Int, channels: Int)?
    for name in stateDict.names {
      guard let (stage, index, convolution) = Self.position(of: name),
        let shape = stateDict[name]?.shape, shape.rank == 4,
        (last.map { (stage, index, convolution) > ($0.stage, $0.index, $0.convolution) } ?? true)
      else { continue }
      last = (stage, index, convolution, shape[0])
    }
    return last?.channels
  }

  /// Returns the numbers in the names `layerS.B.convK.weight` and `stages.S.blocks.B.convK.weight`.
  private static func position(of name: String) -> (stage: Int, index: Int, convolution: Int)? {
    guard name.hasSuffix(".conv2.weight") || name.hasSuffix(".conv3.weight") else { return nil }
    let parts = name.split(separator: ".")
    let convolution = parts[parts.count - 2] == "conv2" ? 2 : 3
    if parts.count == 4, parts[0].hasPrefix("layer"), let stage = Int(parts[0].dropFirst(5)),
      let index = Int(parts[1])
    {
      return (stage, index, convolution)
    }
    guard parts.count == 6, parts[0] == "stages", parts[2] == "blocks", let stage = Int(parts[1]),
      let index = Int(parts[3])
    else { return nil }
    return (stage, index, convolution)
  }

  private func fileModule(_ module: String) -> String {
    String((fileNames["\(module).weight"] ?? "\(module).weight").dropLast(".weight".count))
  }

  private func refused(_ name: String, _ reason: String, try remedy: String) -> InputError {
    InputError(
      .badCheckpoint, "the checkpoint does not fit", at: name, because: reason, try: remedy)
  }
}
