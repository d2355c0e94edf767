import Checkpoints
import Files
import Foundation
import Networks
import TestSupport
import Testing

@Suite("ONNX models that are refused")
struct ONNXRefusalTests {
  private func model(_ name: String) throws -> ONNXModel {
    try ONNXFixture.named(name).file().model
  }

  /// Returns the error after `change` has changed the node called `name` of a fixture.
  private func refusal(
    _ fixture: String, _ name: String, _ change: (inout ONNXNode) -> Void
  ) throws -> InputError {
    var model = try model(fixture)
    let index = try model.index(name)
    change(&model.graph.nodes[index])
    return try NetworksTests.refusal(model)
  }

  @Test("Quantized models are refused with advice")
  func quantized() throws {
    let error = try NetworksTests.refusal(try model("quantized"))
    #expect(error.place == "'input_q' (QuantizeLinear)")
    #expect(error.reason == "the model is quantized already")
    #expect(error.remedy == "give the full-precision model from which it was made")
  }

  @Test("Operations of a runtime are refused with advice")
  func fused() throws {
    let error = try refusal("torchscript", "/conv1/Conv") {
      $0.operation = "FusedConv"
      $0.domain = "com.microsoft"
    }
    #expect(error.place == "'/conv1/Conv' (FusedConv)")
    #expect(error.reason == "the operation belongs to com.microsoft and not to ONNX")
    #expect(error.remedy == "save the model without a runtime's graph optimization")
  }

  @Test(
    "An operation that is not supported is named with its node and the reason",
    arguments: [
      ("Clip", "activations other than ReLU are not supported"),
      ("LRN", "networks with local response normalisation are not supported"),
      ("Concat", "maps that are joined are not supported, only sums"),
      ("If", "branches of a program are not supported"),
      ("Strange", "the operation is not supported"),
    ])
  func operations(operation: String, reason: String) throws {
    let error = try refusal("torchscript", "/relu/Relu") { $0.operation = operation }
    #expect(error.place == "'/relu/Relu' (\(operation))")
    #expect(error.reason == reason)
  }

  @Test(
    "Geometry that a layer cannot have is refused",
    arguments: [
      ("pads", [2, 2, 3, 3], "its pads at the top, left, bottom and right are [2, 2, 3, 3]"),
      ("strides", [2, 1], "its strides are [2, 1]"),
      ("dilations", [2, 2], "its dilations are [2, 2]"),
      ("kernel_shape", [3, 3], "its kernel_shape [3, 3] differs from its weights"),
      ("pads", [7, 7, 7, 7], "its padding of 7 is not smaller than its kernel"),
      ("pads", [3, 3], "its pads at the top, left, bottom and right are [3, 3]"),
      ("strides", [Int.max, Int.max], "its strides are"),
    ])
  func geometry(attribute: String, values: [Int], reason: String) throws {
    let error = try refusal("torchscript", "/conv1/Conv") { node in
      node.attributes.removeAll { $0.name == attribute }
      node.attributes.append(.init(attribute, .integers(values)))
    }
    #expect(error.place == "'/conv1/Conv' (Conv)" && error.reason.hasPrefix(reason), "\(error)")
  }

  @Test("Padding of Keras that differs on two sides is refused, and equal padding taken")
  func samePadding() throws {
    let name = "resnet50/conv2_block1_2_conv/Conv2D"
    let error = try refusal("keras", name) { node in
      node.attributes.removeAll { $0.name == "strides" }
      node.attributes.append(.init("strides", .integers([2, 2])))
    }
    #expect(error.place == "'\(name)' (Conv)")
    #expect(
      error.reason
        == "its pads at the top, left, bottom and right are [0, 0, 1, 1], but all must be equal")
  }

  @Test("Padding with zeros before a maximum is refused if the input may be negative")
  func paddedMaximum() throws {
    var model = try model("keras")
    let relu = try model.index("resnet50/conv1_relu/Relu")
    let source = model.graph.nodes[relu].inputs[0]
    let pad = try model.index("resnet50/pool1_pad/Pad")
    model.graph.nodes[pad].inputs[0] = source
    let error = try NetworksTests.refusal(model)
    #expect(error.place == "'resnet50/pool1_pool/MaxPool' (MaxPool)")
  }

  @Test("A map that is flattened before a linear layer is refused")
  func flattenedMaps() throws {
    let error = try refusal("torchscript", "/Flatten") { node in
      node.inputs = ["/layer3/layer3.0/relu_1/Relu_output_0"]
    }
    #expect(error.reason.hasPrefix("it changes the shape of maps"), "\(error)")
  }

  @Test("Statistics of the batch are refused")
  func training() throws {
    let error = try refusal("torchscript_inputs", "/bn1/BatchNormalization") { node in
      node.attributes.removeAll { $0.name == "training_mode" }
      node.attributes.append(.init("training_mode", .integer(1)))
    }
    #expect(error.reason == "it computes with statistics of the batch")
  }

  @Test("Weights that are not finite are refused by the node that reads them")
  func notFinite() throws {
    var model = try model("torchscript_inputs")
    let index = try #require(model.graph.initializers.firstIndex { $0.name == "conv1.weight" })
    var floats = try model.graph.initializers[index].floats(place: "test")
    floats[7] = .nan
    model.graph.initializers[index] = ONNXTensor(
      name: "conv1.weight", dimensions: model.graph.initializers[index].dimensions, floats: floats)
    let error = try NetworksTests.refusal(model)
    #expect(error.place == "'/conv1/Conv' (Conv)")
    #expect(error.reason == "element 7 of its weights is nan")
  }

  @Test("An attribute of the wrong type is refused")
  func attributeType() throws {
    let error = try refusal("torchscript", "/conv1/Conv") { node in
      node.attributes = [.init("pads", text: "three")]
    }
    #expect(error.reason == "its attribute 'pads' should be integers")
  }

  @Test("Nodes in the wrong order, cycles and missing nodes are refused")
  func order() throws {
    var reversed = try model("torchscript")
    reversed.graph.nodes.reverse()
    #expect(try NetworksTests.refusal(reversed).reason.hasPrefix("no node before it makes"))
    let cycle = try refusal("torchscript", "/relu/Relu") { $0.inputs = $0.outputs }
    #expect(cycle.place == "'/relu/Relu' (Relu)")
    var missing = try model("torchscript")
    missing.graph.nodes.remove(at: try missing.index("/relu/Relu"))
    #expect(try NetworksTests.refusal(missing).reason.hasPrefix("no node before it makes"))
  }

  @Test("Two nodes that make the same value are refused")
  func twoMakers() throws {
    let error = try refusal("torchscript", "/relu/Relu") {
      $0.outputs = ["/conv1/Conv_output_0"]
    }
    #expect(error.reason == "another node makes the same output '/conv1/Conv_output_0'")
  }

  @Test("A network with several outputs or inputs, or with other images, is refused")
  func interface() throws {
    var model = try model("torchscript")
    model.graph.outputs.append(model.graph.outputs[0])
    #expect(try NetworksTests.refusal(model).reason == "it has 2 outputs, but a classifier has one")
    model.graph.outputs.removeLast()
    model.graph.inputs[0].dimensions = [.named("n"), .fixed(4), .fixed(28), .fixed(28)]
    #expect(
      try NetworksTests.refusal(model).reason
        == "it has 4 channels, but images have 3, or 1 if grey")
    model.graph.inputs[0].dimensions = [.fixed(1), .fixed(3)]
    #expect(try NetworksTests.refusal(model).reason == "it has 2 axes, but images have 4")
    model.graph.inputs[0].elementType = .uint8
    #expect(try NetworksTests.refusal(model).reason == "it is of uint8, not of floats")
  }

  @Test("Features without a last linear layer are refused")
  func noClasses() throws {
    var model = try model("torchscript")
    model.graph.outputs[0].name = "/avgpool/GlobalAveragePool_output_0"
    let error = try NetworksTests.refusal(model)
    #expect(error.place == "output '/avgpool/GlobalAveragePool_output_0'")
  }

  @Test("Constants that would fill the memory are refused")
  func largeConstants() throws {
    var model = try model("torchscript")
    let size = ONNXTensor(name: "size", dimensions: [2], int64: [1 << 31, 1 << 31])
    model.graph.initializers += [size, ONNXTensor(name: "one", dimensions: [1], floats: [1])]
    let relu = try model.index("/relu/Relu")
    model.graph.nodes.insert(
      ONNXNode("Expand", name: "huge", inputs: ["one", "size"], outputs: ["expanded"]), at: relu)
    model.graph.nodes[relu + 1] = ONNXNode(
      "Add", name: "sum", inputs: ["/conv1/Conv_output_0", "expanded"],
      outputs: ["/relu/Relu_output_0"])
    let error = try NetworksTests.refusal(model)
    #expect(error.place == "'huge' (Expand)" && error.reason.hasSuffix("which is too large"))
  }

  @Test("Weights that thousands of nodes share are not unfolded without limit")
  func sharedWeights() throws {
    let channels = 64
    let count = channels * channels * 9
    var nodes: [ONNXNode] = []
    for index in 0..<5000 {
      nodes.append(
        ONNXNode(
          "Conv", name: "conv\(index)", inputs: [index == 0 ? "first" : "y\(index - 1)", "w"],
          outputs: ["y\(index)"], attributes: [.init("pads", .integers([1, 1, 1, 1]))]))
    }
    nodes.insert(ONNXNode("Conv", name: "first", inputs: ["x", "v"], outputs: ["first"]), at: 0)
    let graph = ONNXGraph(
      name: "g", nodes: nodes,
      initializers: [
        .init(
          name: "w", dimensions: [channels, channels, 3, 3],
          floats: [Float](repeating: 0, count: count)),
        .init(
          name: "v", dimensions: [channels, 3, 1, 1],
          floats: [Float](repeating: 0, count: 3 * channels)),
      ],
      inputs: [
        .init(
          name: "x", elementType: .float32,
          dimensions: [.named("n"), .fixed(3), .fixed(8), .fixed(8)])
      ],
      outputs: [.init(name: "y4999", elementType: .float32, dimensions: nil)])
    let model = ONNXModel(irVersion: 8, operatorSets: [.init(version: 17)], graph: graph)
    let error = try NetworksTests.refusal(model)
    #expect(error.reason.hasPrefix("the constants up to it unfold to more scalars"))
  }
}
