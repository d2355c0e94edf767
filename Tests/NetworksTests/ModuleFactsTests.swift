import Files
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Settings stated by the modules of a network that was saved whole")
struct ModuleFactsTests {
  private static func pair(_ number: Int) -> String { "\(number),\(number)" }

  private func convolution(
    _ path: String, stride: Int = 1, padding: Int, _ more: [String: String] = [:]
  ) -> NamedModule {
    let attributes = [
      "stride": Self.pair(stride), "padding": Self.pair(padding), "dilation": "1,1", "groups": "1",
    ]
    return NamedModule(
      path: path,
      module: ModuleDescription(
        className: "torch.nn.modules.conv.Conv2d",
        attributes: attributes.merging(more) { $1 }))
  }

  private func build(_ modules: [NamedModule]) throws -> (
    layers: [String], report: ArchitectureReport
  ) {
    var sketch = CheckpointSketch([1, 1, 1, 1], isBottleneck: true)
    sketch.channels = 8
    var options = ArchitectureOptions()
    options.modules = modules
    let (network, report) = try buildNetwork(sketch.zeroStateDict(), options: options)
    let layers = network.layers.map { "\($0.name) \($0.geometry.stride) \($0.geometry.padding)" }
    return (layers, report)
  }

  @Test("Strides and padding are used, and the stem's pooling")
  func geometry() throws {
    let pool = NamedModule(
      path: "maxpool",
      module: ModuleDescription(
        className: "torch.nn.modules.pooling.MaxPool2d",
        attributes: ["kernel_size": "2", "stride": "2", "padding": "0"]))
    let (layers, report) = try build([
      convolution("conv1", stride: 4, padding: 2), pool,
      convolution("layer2.0.conv1", stride: 2, padding: 0),
      convolution("layer2.0.conv2", padding: 1),
    ])
    #expect(layers.contains("conv1 4 2"))
    #expect(layers.contains("layer2.0.conv1 2 0") && layers.contains("layer2.0.conv2 1 1"))
    #expect(report.assumptions.isEmpty)
  }

  @Test(
    "A function that supported networks do not have is refused by the module's path",
    arguments: [
      "torch.nn.modules.activation.SiLU", "torch.nn.modules.activation.GELU",
      "torch.nn.modules.pooling.AdaptiveMaxPool2d", "timm.layers.blur_pool.BlurPool2d",
      "my.own.Layer",
    ])
  func functions(name: String) throws {
    let module = NamedModule(path: "act", module: ModuleDescription(className: name))
    let error = try #require(throws: InputError.self) { try build([module]) }
    #expect(error.place == "act")
    #expect(error.reason.contains(name.split(separator: ".").last ?? ""))
  }

  @Test(
    "Dilation, other padding than zeros, and extents that differ",
    arguments: [
      ("dilation", "2,2"), ("padding_mode", "reflect"), ("stride", "2,1"), ("groups", "4"),
    ])
  func refusals(key: String, value: String) throws {
    let error = try #require(throws: InputError.self) {
      try build([convolution("layer1.0.conv2", padding: 1, [key: value])])
    }
    #expect(error.place == "layer1.0.conv2")
  }
}
