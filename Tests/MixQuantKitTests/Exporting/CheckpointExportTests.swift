import Quantization
import Checkpoints
import Files
import Foundation
import Graphs
import KitSupport
import MixQuantKit
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Export to safetensors")
struct CheckpointExportTests {
  static let sketches: [CheckpointSketch] = [
    .tinyWithSubsampling, .tinyWithProjections, .tinyBottlenecks,
  ]

  @Test("The file has exactly the checkpoint's names and shapes", arguments: sketches.indices)
  func names(index: Int) throws {
    try withTemporaryFolder { folder in
      let model = try Self.sketches[index].model(in: folder)
      let exported = try model.packedNearest().dequantizedCheckpoint
      let names = exported.entries.map(\.name)
      #expect(Set(names) == Set(model.file.stateDict.names))
      for entry in exported.entries {
        #expect(entry.shape == model.file.stateDict[entry.name]?.shape, "\(entry.name)")
      }
    }
  }

  @Test("Opened again, it is the quantized network to the bit", arguments: sketches.indices)
  func reopened(index: Int) throws {
    try withTemporaryFolder { folder in
      let packed = try Self.sketches[index].model(in: folder).packedNearest()
      let url = folder.appending(path: "exported.safetensors")
      try packed.dequantizedCheckpoint.write(to: url, overwriting: false)
      let opened = try CheckpointModel(contentsOf: url)
      for (layer, original) in zip(opened.network.layers, packed.network.network.layers) {
        #expect(layer.weight == original.weight && layer.bias == original.bias, "\(layer.name)")
      }
    }
  }

  /// The network of PyTorch whose checkpoint is in the fixtures, loaded strictly.
  private static let strict = """
    import sys, torch
    from safetensors.torch import load_file
    name, path, inputs = sys.argv[1:4]
    state = load_file(path)
    classes = state["fc.weight"].shape[0]
    if name.startswith("timm:"):
        import timm
        model = timm.create_model(name[5:], num_classes=classes)
    else:
        import torchvision
        model = getattr(torchvision.models, name)(num_classes=classes)
    model.load_state_dict(state, strict=True)
    model.eval()
    images = load_file(inputs)["images"]
    with torch.no_grad():
        print(" ".join(repr(float(value)) for value in model(images).flatten()))
    """

  @Test(
    "torchvision and timm load it strictly and compute the same logits", .needsPython(.timm),
    .needsPython(.torchvision), arguments: ["resnet18", "timm:resnet18", "timm:seresnet18"])
  func strictLoading(name: String) throws {
    try withTemporaryFolder { folder in
      let original = folder.appending(path: "original.safetensors")
      let make = try Python.run(
        """
        import sys, timm, torch
        from safetensors.torch import save_file
        torch.manual_seed(0)
        model = timm.create_model(sys.argv[1], num_classes=10)
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.data.uniform_(0.5, 1.5)
                module.bias.data.normal_(0, 0.1)
        save_file(model.state_dict(), sys.argv[2])
        """, [String(name.split(separator: ":").last ?? ""), original.path])
      try #require(make.code == 0, "\(make.output)")
      let packed = try CheckpointModel(contentsOf: original).packedNearest()
      let url = folder.appending(path: "exported.safetensors")
      try packed.dequantizedCheckpoint.write(to: url, overwriting: false)
      let images = randomTensor([2, 3, 64, 64], seed: 3)
      let inputs = folder.appending(path: "images.safetensors")
      try SafetensorsFile(entries: [
        SafetensorsEntry(name: "images", shape: images.shape, float32: images.scalars)
      ]).write(to: inputs, overwriting: false)
      let run = try Python.run(Self.strict, [name, url.path, inputs.path])
      try #require(run.code == 0, "\(run.output)")
      let lastLine = run.output.split(separator: "\n").last ?? ""
      let logits = lastLine.split(separator: " ").compactMap { Float($0) }
      let expected = packed.network.network.logits(images)
      try #require(logits.count == expected.scalars.count)
      let difference = Tensor(shape: expected.shape, scalars: logits)
        .relativeDifference(from: expected)
      #expect(difference < 1e-5)
    }
  }
}
