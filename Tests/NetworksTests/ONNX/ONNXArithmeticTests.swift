import Checkpoints
import Files
import Foundation
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Arithmetic with constants in ONNX files")
struct ONNXArithmeticTests {
  private let fixture = ONNXFixture.named("torchscript")

  /// Returns the fixture with the bias of its first layer in a node `Add`.
  private func separateBias(
    shape: [Int], attributes: [ONNXAttribute] = [], operatorSet: Int = 17
  ) throws -> ONNXModel {
    var model = try fixture.file().model
    model.operatorSets[0].version = operatorSet
    let layer = try model.index("/conv1/Conv")
    let bias = model.graph.nodes[layer].inputs.removeLast()
    let tensor = try #require(model.graph.initializers.first { $0.name == bias })
    model.graph.initializers.append(
      ONNXTensor(name: "b", dimensions: shape, floats: try tensor.floats(place: "test")))
    let output = model.graph.nodes[layer].outputs[0]
    model.graph.nodes[layer].outputs = ["product"]
    model.graph.nodes.insert(
      ONNXNode(
        "Add", name: "bias", inputs: ["product", "b"], outputs: [output], attributes: attributes),
      at: layer + 1)
    return model
  }

  @Test("A constant added to a layer is its bias, with one number per channel")
  func bias() throws {
    let network = try ONNXNetwork(separateBias(shape: [1, 4, 1, 1]).file).graph
    #expect(network.layers.map(\.name) == (try fixture.network().graph.layers.map(\.name)))
    #expect(network.nodes.count == (try fixture.network().graph.nodes.count))
    #expect(try fixture.logitError(network) < 1e-4)
    let reversed = try ONNXNetwork(separateBias(shape: [4, 1, 1]).file).graph
    #expect(try fixture.logitError(reversed) < 1e-4)
  }

  @Test("Old files state the axis of a constant")
  func axis() throws {
    let old: [ONNXAttribute] = [.init("axis", .integer(1)), .init("broadcast", .integer(1))]
    let model = try separateBias(shape: [4], attributes: old, operatorSet: 6)
    #expect(try fixture.logitError(ONNXNetwork(model.file).graph) < 1e-4)
    for axis in [4, -5, .max, .min] {
      let wrong = try separateBias(
        shape: [4], attributes: [.init("axis", .integer(axis))], operatorSet: 6)
      #expect(try refusal(wrong).reason == "its axis is \(axis)")
    }
  }

  @Test("A constant along columns is refused")
  func columns() throws {
    let error = try refusal(separateBias(shape: [4]))
    #expect(error.place == "'bias' (Add)")
    #expect(
      error.reason
        == "its constant has the shape [4], which is not one number for each of 4 channels")
  }

  @Test("A mean and a divisor of the image become a normalisation, which is noted")
  func normalization() throws {
    var model = try fixture.file().model
    let first = try model.index("/conv1/Conv")
    model.graph.nodes[first].inputs[0] = "normalised"
    model.graph.initializers += [
      ONNXTensor(name: "mean", dimensions: [3, 1, 1], floats: [0.5, -1, 0.25]),
      ONNXTensor(name: "divisor", dimensions: [], floats: [2]),
    ]
    model.graph.nodes.insert(
      contentsOf: [
        ONNXNode("Sub", name: "sub", inputs: ["image", "mean"], outputs: ["centred"]),
        ONNXNode("Div", name: "div", inputs: ["centred", "divisor"], outputs: ["normalised"]),
      ], at: first)
    let network = try ONNXNetwork(model.file)
    #expect(network.notes.count == 1 && network.notes[0].contains("normalises the image"))
    let images = Tensor(
      shape: [1, 3, 32, 32], scalars: (0..<3072).map { Float($0 % 17) / 8 - 1 })
    let shifts: [Float] = [0.5, -1, 0.25]
    let normalised = Tensor(
      shape: images.shape,
      scalars: images.scalars.enumerated().map { ($1 - shifts[$0 / 1024]) / 2 })
    let expected = try fixture.network().graph.logits(normalised)
    #expect(relativeError(network.graph.logits(images).scalars, expected.scalars) < 1e-6)
  }

  @Test("A product of maps in which neither is a gate is refused")
  func product() throws {
    var model = try fixture.file().model
    let sum = try model.index("/layer1/layer1.0/Add")
    model.graph.nodes[sum].operation = "Mul"
    let error = try refusal(model)
    #expect(
      error.reason == "it multiplies maps by something other than one gate per channel")
  }
}
