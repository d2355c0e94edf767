import Files
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("The names of other libraries give the same network")
struct NamingSchemesTests {
  private func stateDict(
    bottlenecks: Bool = false, stages: [Int] = [1, 2, 1, 1]
  ) -> StateDict {
    var sketch = CheckpointSketch(stages, isBottleneck: bottlenecks)
    sketch.channels = 8
    sketch.classCount = 5
    return sketch.randomStateDict(seed: 7)
  }

  /// Expects that the renamed tensors give the network of the original ones.
  private func expectSame(
    _ original: StateDict, library: String? = nil, options: ArchitectureOptions = .init(),
    expected: ArchitectureOptions = .init(), _ rename: @escaping (String) -> String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (network, report) = try buildNetwork(original.renaming(rename), options: options)
    let plain = try buildNetwork(original, options: expected)
    #expect(
      network.nodes.map(\.operation) == plain.network.nodes.map(\.operation),
      sourceLocation: sourceLocation)
    if let library { #expect(report.layout == library, sourceLocation: sourceLocation) }
  }

  @Test(
    "Any common prefix",
    arguments: ["encoder.", "resnet.", "backbone.", "_model.", "0.", "model.model.", "a.b.c.d."])
  func prefixes(prefix: String) throws {
    try expectSame(stateDict()) { prefix + $0 }
    try expectSame(stateDict()) {
      $0.hasPrefix("fc.") ? "classifier" + $0.dropFirst(2) : prefix + $0
    }
  }

  @Test(
    "A head of any name, also inside a Sequential",
    arguments: ["fc.1", "classifier", "head.fc", "last_linear", "output.dense", "classifier.2"])
  func heads(head: String) throws {
    try expectSame(stateDict()) { $0.hasPrefix("fc.") ? head + $0.dropFirst(2) : $0 }
  }

  @Test("A head without a bias")
  func headWithoutBias() throws {
    var stateDict = stateDict()
    stateDict["fc.bias"] = nil
    #expect(try buildNetwork(stateDict).network.layers.last?.bias == nil)
  }

  @Test("MMPretrain: backbone and head.fc")
  func mmPretrain() throws {
    try expectSame(stateDict(bottlenecks: true)) {
      $0.hasPrefix("fc.") ? "head.\($0)" : "backbone.\($0)"
    }
  }

  @Test("NVIDIA: layers.S.B", arguments: [false, true])
  func nvidia(bottlenecks: Bool) throws {
    try expectSame(stateDict(bottlenecks: bottlenecks), library: "NVIDIA") { name in
      guard name.hasPrefix("layer"), let stage = name.dropFirst(5).first?.wholeNumberValue else {
        return "module.\(name)"
      }
      return "module.layers.\(stage - 1)\(name.dropFirst(6))"
    }
  }

  @Test("weiaicunzai's residual_function, whose stem has 3×3 kernels", arguments: [false, true])
  func weiaicunzai(bottlenecks: Bool) throws {
    var original = stateDict(bottlenecks: bottlenecks)
    original["conv1.weight"] = Tensor(zeros: [8, 3, 3, 3])
    try expectSame(original, library: "weiaicunzai's pytorch-cifar100") { name in
      var parts = name.split(separator: ".").map(String.init)
      let parameter = parts.removeLast()
      switch parts[0] {
      case "conv1": return "conv1.0.\(parameter)"
      case "bn1": return "conv1.1.\(parameter)"
      case "fc": return name
      default: break
      }
      let stage = (parts[0].last?.wholeNumberValue ?? 0) + 1
      let block = "conv\(stage)_x.\(parts[1])"
      if parts[2] == "downsample" { return "\(block).shortcut.\(parts[3]).\(parameter)" }
      let number = (parts[2].last?.wholeNumberValue ?? 0) - 1
      let index = 3 * number + (parts[2].hasPrefix("conv") ? 0 : 1)
      return "\(block).residual_function.\(index).\(parameter)"
    }
  }

  @Test("pytorchcv, whose ImageNet bottlenecks have their stride on the 1×1 convolution")
  func pytorchcv() throws {
    for bottlenecks in [false, true] {
      try expectSame(
        stateDict(bottlenecks: bottlenecks), library: "pytorchcv",
        expected: ArchitectureOptions(strideIn1x1: bottlenecks)
      ) { name in
        var parts = name.split(separator: ".").map(String.init)
        let parameter = parts.removeLast()
        switch parts[0] {
        case "conv1": return "features.init_block.conv.conv.\(parameter)"
        case "bn1": return "features.init_block.conv.bn.\(parameter)"
        case "fc": return "output.\(parameter)"
        default: break
        }
        let unit = "features.stage\(parts[0].dropFirst(5)).unit\((Int(parts[1]) ?? 0) + 1)"
        if parts[2] == "downsample" {
          return "\(unit).identity_conv.\(parts[3] == "0" ? "conv" : "bn").\(parameter)"
        }
        let kind = parts[2].hasPrefix("conv") ? "conv" : "bn"
        return "\(unit).body.conv\(parts[2].suffix(1)).\(kind).\(parameter)"
      }
    }
  }

  @Test("open_lth: one list of blocks, whose projections begin stages")
  func openLTH() throws {
    var original = stateDict(stages: [2, 2, 2])
    original["conv1.weight"] = Tensor(zeros: [8, 3, 3, 3])
    try expectSame(original, library: "open_lth") { name in
      var parts = name.split(separator: ".").map(String.init)
      switch parts[0] {
      case "conv1": return "conv.weight"
      case "bn1": return "bn.\(parts[1])"
      case "fc": return name
      default: break
      }
      let stage = (parts[0].last?.wholeNumberValue ?? 1) - 1
      let block = 2 * stage + (Int(parts[1]) ?? 0)
      if parts[2] == "downsample" { parts[2] = "shortcut" }
      return (["blocks.\(block)"] + parts[2...]).joined(separator: ".")
    }
  }

  @Test("A Sequential of the children; the numbers show whether a pooling precedes the stages")
  func children() throws {
    func numbered(_ name: String, firstStage: Int) -> String {
      let modules = [
        "conv1": "0", "bn1": "1", "layer1": "\(firstStage)", "layer2": "\(firstStage + 1)",
        "layer3": "\(firstStage + 2)", "layer4": "\(firstStage + 3)", "fc": "\(firstStage + 6)",
      ]
      let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
      return "\(modules[parts[0]] ?? parts[0]).\(parts[1])"
    }
    try expectSame(stateDict()) { numbered($0, firstStage: 4) }
    try expectSame(
      stateDict(), expected: ArchitectureOptions(hasStemPooling: false)
    ) { "features." + numbered($0, firstStage: 3) }
  }

  @Test("A student beside its teacher, and an encoder beside its momentum copy")
  func copies() throws {
    for (network, copy) in [("student.", "teacher."), ("encoder.", "momentum_encoder.")] {
      let original = stateDict()
      var both = original.renaming { network + $0 }
      for name in original.names { both[copy + name] = original[name] }
      let (graph, report) = try buildNetwork(both)
      #expect(try graph == buildNetwork(original).network)
      #expect(report.notes.contains("left out the copies below \(copy)"))
      #expect(report.ignoredTensors.contains("\(copy)conv1.weight"))
    }
  }

  @Test("Tensors left over from training and profiling are named and ignored")
  func unused() throws {
    var stateDict = stateDict()
    let names = [
      "criterion.weight", "total_ops", "layer1.0.conv1.total_params", "train_acc.total",
      "loss_fn.pos_weight",
    ]
    for name in names { stateDict[name] = Tensor(zeros: [3]) }
    let report = try buildNetwork(stateDict).report
    for name in names { #expect(report.ignoredTensors.contains(name)) }
  }

  @Test("The mean and deviation of a model that normalises its own input, from 0 to 1 or to 255")
  func normalization() throws {
    for scale: Float in [1, 255] {
      var stateDict = stateDict().renaming { "model.\($0)" }
      stateDict["normalize.mean"] = Tensor(
        shape: [1, 3, 1, 1], scalars: [0.5, 0.25, 0.125].map { $0 * scale })
      stateDict["normalize.std"] = Tensor(
        shape: [1, 3, 1, 1], scalars: [0.25, 0.25, 0.5].map { $0 * scale })
      let report = try buildNetwork(stateDict).report
      #expect(report.normalization?.mean == [0.5, 0.25, 0.125])
      #expect(report.normalization?.std == [0.25, 0.25, 0.5])
    }
  }

  @Test("A pruned layer's weight is the product with its mask")
  func pruned() throws {
    let original = stateDict()
    var pruned = original.renaming { $0 == "conv1.weight" ? "conv1.weight_orig" : $0 }
    var mask = Tensor(zeros: original["conv1.weight"]?.shape ?? [])
    mask.scalars[0] = 1
    pruned["conv1.weight_mask"] = mask
    let weight = try #require(try buildNetwork(pruned).network.layers.first?.weight)
    #expect(weight.scalars[0] == original["conv1.weight"]?.scalars[0])
    #expect(weight.scalars.dropFirst().allSatisfy { $0 == 0 })
  }

  @Test("Grey images: one input channel")
  func grey() throws {
    var stateDict = stateDict()
    stateDict["conv1.weight"] = Tensor(zeros: [8, 1, 7, 7])
    let (network, report) = try buildNetwork(stateDict)
    #expect(network.inputChannels == 1 && report.inputChannels == 1)
  }

  @Test("Libraries' own statistics of CIFAR's pixels, and ImageNet's for shortcuts without weights")
  func smallImages() throws {
    func statistics(_ stages: [Int], classes: Int, _ rename: (String) -> String) throws
      -> PixelStatistics?
    {
      var sketch = CheckpointSketch(stages)
      sketch.channels = 8
      sketch.classCount = classes
      var stateDict = sketch.zeroStateDict()
      stateDict["conv1.weight"] = Tensor(zeros: [8, 3, 3, 3])
      return try buildNetwork(stateDict.renaming(rename)).report.smallImages
    }
    let kuangliu = { (name: String) in
      name.replacing("downsample", with: "shortcut").replacing("fc.", with: "linear.")
    }
    #expect(try statistics([2, 2, 2, 2], classes: 10, kuangliu) == .cifar10)
    #expect(try statistics([1, 1, 1], classes: 10) { $0 } == .cifar10)
    #expect(try statistics([1, 1, 1], classes: 100) { $0 } == .cifar100)
    let akamaster = CheckpointSketch.cifar(8, channels: 8).zeroStateDict()
    #expect(try buildNetwork(akamaster).report.smallImages == .imageNet)
  }
}
