import Files
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Heads of more than one linear layer, and backbones without a head")
struct HeadsTests {
  private func error(
    head: String? = nil, _ change: (inout StateDict) -> Void
  ) throws -> InputError {
    try #require(throws: InputError.self) { try network(head: head, change) }
  }

  private func network(
    head: String? = nil, _ change: (inout StateDict) -> Void
  ) throws -> ArchitectureReport {
    var sketch = CheckpointSketch([1, 1, 1, 1])
    sketch.channels = 8
    sketch.classCount = 5
    var stateDict = sketch.zeroStateDict()
    change(&stateDict)
    return try buildNetwork(stateDict, options: ArchitectureOptions(head: head)).report
  }

  @Test("Two layers in one Sequential")
  func twoLayers() throws {
    for width in [32, 64] {
      let error = try error { stateDict in
        stateDict = stateDict.renaming { $0.hasPrefix("fc.") ? nil : $0 }
        stateDict["fc.0.weight"] = Tensor(zeros: [width, 64])
        stateDict["fc.2.weight"] = Tensor(zeros: [5, width])
      }
      #expect(error.place == "fc.2.weight" && error.reason.contains("more than one layer"))
    }
  }

  @Test("Two layers that both fit are a choice")
  func choice() throws {
    let add: (inout StateDict) -> Void = { $0["auxiliary.weight"] = Tensor(zeros: [3, 64]) }
    let error = try error(add)
    #expect(error.reason.contains("fc, auxiliary") && error.remedy.contains("--head"))
    #expect(try network(head: "fc", add).ignoredTensors.contains("auxiliary.weight"))
    let unknown = try self.error(head: "classifier", add)
    #expect(unknown.kind == .usage && unknown.remedy.contains("fc, auxiliary"))
  }

  @Test("No layer, and the projection of self-supervised training")
  func backbones() throws {
    let none = try error { $0["fc.weight"] = nil }
    #expect(none.reason.contains("backbone without a head"))
    let moco = try error { $0["queue"] = Tensor(zeros: [128, 4]) }
    #expect(moco.place == "queue" && moco.reason.contains("self-supervised"))
    let dino = try error { $0["head.last_layer.weight_g"] = Tensor(zeros: [4, 1]) }
    #expect(dino.reason.contains("self-supervised"))
  }

  @Test("Two networks of which none is a copy")
  func twoNetworks() throws {
    let error = try error { stateDict in
      let original = stateDict
      stateDict = original.renaming { "left.\($0)" }
      for name in original.names { stateDict["right.\(name)"] = original[name] }
    }
    #expect(error.reason.contains("'left.', 'right.'"))
  }

  @Test("Weights that a parametrisation or quantization keeps in parts")
  func parametrizations() throws {
    let norm = try error { $0["fc.weight_g"] = Tensor(zeros: [5, 1]) }
    #expect(norm.reason.contains("weight normalisation"))
    let quantized = try error { $0["fc.zero_point"] = Tensor(zeros: [1]) }
    #expect(quantized.reason.contains("quantized already"))
  }
}
