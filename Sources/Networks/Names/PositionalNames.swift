/// Schemes whose meaning depends on which names a file has, not on one name alone.
extension NamingScheme {
  /// pytorchcv's names, `features.stage1.unit1.body.conv1.conv`, for the names in `names`.
  ///
  /// Its networks for ImageNet have their first convolution one level deeper than those for CIFAR,
  /// because their first block also pools.
  static func pytorchcv(_ names: Set<String>) -> NamingScheme {
    let pools = names.contains { $0.hasPrefix("init_block.conv.conv.") }
    let isDeep = names.contains { $0.hasPrefix("init_block.conv1.") }
    return NamingScheme(
      library: "pytorchcv", firstBlock: "stage1.unit1.",
      translate: { pytorchcvModule($0, pools: pools) }, showsStemPooling: pools || isDeep,
      strideIn1x1: pools, smallImages: .cifar10)
  }

  /// open_lth's names, `blocks.N.conv1`, for the names in `names`.
  ///
  /// Its blocks are in one list. A block with a projection begins a new stage.
  static func openLTH(_ names: Set<String>) -> NamingScheme {
    var positions: [(stage: Int, index: Int)] = []
    while positions.count < 1000, names.contains("blocks.\(positions.count).conv1.weight") {
      guard let last = positions.last else {
        positions.append((1, 0))
        continue
      }
      let begins = names.contains("blocks.\(positions.count).shortcut.0.weight")
      positions.append(begins ? (last.stage + 1, 0) : (last.stage, last.index + 1))
    }
    return NamingScheme(
      library: "open_lth", firstBlock: "blocks.0.",
      translate: { [positions] path in
        switch path.joined(separator: ".") {
        case "conv": return "conv1"
        case "bn": return "bn1"
        case "fc": return "fc"
        default: break
        }
        guard path.count > 2, path[0] == "blocks", let block = Int(path[1]),
          positions.indices.contains(block)
        else { return nil }
        let module = path[2] == "shortcut" ? ["downsample"] + path[3...] : Array(path[2...])
        let (stage, index) = positions[block]
        return "layer\(stage).\(index).\(module.joined(separator: "."))"
      }, showsStemPooling: false, smallImages: .cifar10)
  }

  /// The names of `nn.Sequential(*network.children())`, where numbers replace the modules' names.
  ///
  /// Module 0 is the first convolution and module 1 its normalisation. Two modules without weights
  /// between it and the first stage are a ReLU and a pooling.
  ///
  /// - Parameter stage: The number of the first stage.
  static func sequential(firstStage stage: Int) -> NamingScheme {
    NamingScheme(
      library: "a Sequential of torchvision's children", firstBlock: "\(stage).0.",
      translate: { path in
        guard let number = Int(path[0]) else { return nil }
        if path.count == 1, number < 2 { return number == 0 ? "conv1" : "bn1" }
        if path.count == 1, number < stage {
          return number == 2 ? "relu" : "maxpool"
        }
        guard path.count > 2, (stage..<stage + 4).contains(number) else { return nil }
        return (["layer\(number - stage + 1)"] + path[1...]).joined(separator: ".")
      }, showsStemPooling: stage > 3)
  }
}

// stage1.unit1.body.conv1.conv → layer1.0.conv1
private func pytorchcvModule(_ path: [String], pools: Bool) -> String? {
  let name = path.joined(separator: ".")
  let stem = [
    "init_block.conv.conv": "conv1", "init_block.conv.bn": "bn1", "init_block.conv": "conv1",
    "init_block.bn": "bn1", "init_block.conv1.conv": "conv1.0", "init_block.conv1.bn": "conv1.1",
    "init_block.conv2.conv": "conv1.3", "init_block.conv2.bn": "conv1.4",
    "init_block.conv3.conv": "conv1.6", "init_block.conv3.bn": "bn1",
    "init_block.pool": "maxpool", "final_pool": "avgpool",
  ]
  if let module = stem[name] { return module }
  guard path.count > 3, path[0].hasPrefix("stage"), path[1].hasPrefix("unit"),
    let stage = Int(path[0].dropFirst("stage".count)), (1...4).contains(stage),
    let unit = Int(path[1].dropFirst("unit".count)), unit > 0
  else { return nil }
  let block = "layer\(stage).\(unit - 1)"
  switch path.dropFirst(2).joined(separator: ".") {
  case "identity_conv.conv": return "\(block).downsample.0"
  case "identity_conv.bn": return "\(block).downsample.1"
  case "se.conv1", "se.fc1": return "\(block).se.fc1"
  case "se.conv2", "se.fc2": return "\(block).se.fc2"
  default: break
  }
  guard path.count == 5, path[2] == "body", let number = path[3].last,
    path[3] == "conv\(number)", ["1", "2", "3"].contains(number)
  else { return nil }
  switch path[4] {
  case "conv": return "\(block).conv\(number)"
  case "bn": return "\(block).bn\(number)"
  default: return nil
  }
}
