import Checkpoints
import Execution
import Files
import Foundation
import Graphs
import Networks
import TestSupport
import Testing

@Suite("Damaged ONNX files")
struct ONNXFuzzTests {
  private static let fixtures = ["torchscript_inputs", "dynamo_plain", "cifar", "keras", "caffe2"]
    .map(ONNXFixture.named)

  /// Converts the damaged bytes; anything but a network or an `InputError` ends the test run.
  private func attempt(_ bytes: Data) {
    do throws(InputError) {
      let model = try ONNXModel(bytes, place: "test")
      _ = try ONNXNetwork(ONNXFile(model, byteCount: bytes.count)).graph.foldingBatchNorm()
    } catch {
      #expect(error.kind == .badData)
    }
  }

  @Test("with bytes changed are converted or refused, never trapped on", arguments: fixtures)
  func changedBytes(fixture: ONNXFixture) throws {
    let original = try Data(contentsOf: fixture.url)
    var generator = SplitMix64(seed: 7)
    for _ in 0..<150 {
      var damaged = original
      for _ in 0...generator.index(below: 4) {
        damaged[generator.index(below: damaged.count)] = UInt8(generator.index(below: 256))
      }
      attempt(damaged)
    }
  }

  @Test("with integers of nodes made extreme are converted or refused", arguments: fixtures)
  func extremeIntegers(fixture: ONNXFixture) throws {
    let original = try fixture.file().model
    let extremes = [Int.min, -1, 0, 2, 1 << 20, 1 << 32, .max]
    var generator = SplitMix64(seed: 8)
    for _ in 0..<150 {
      var model = original
      for _ in 0...generator.index(below: 2) {
        let value = extremes[generator.index(below: extremes.count)]
        change(&model, to: value, &generator)
      }
      attempt(model)
    }
  }

  /// Changes one attribute of integers, one list of constants, or one size.
  private func change(_ model: inout ONNXModel, to value: Int, _ generator: inout SplitMix64) {
    let index = generator.index(below: model.graph.nodes.count)
    for place in model.graph.nodes[index].attributes.indices {
      switch model.graph.nodes[index].attributes[place].value {
      case .integer: model.graph.nodes[index].attributes[place].value = .integer(value)
      case .integers(var values) where !values.isEmpty:
        values[generator.index(below: values.count)] = value
        model.graph.nodes[index].attributes[place].value = .integers(values)
      default: continue
      }
    }
    let tensor = generator.index(below: model.graph.initializers.count)
    guard model.graph.initializers[tensor].elementType == .int64 else { return }
    let sizes = model.graph.initializers[tensor].dimensions
    let count = sizes.reduce(1, *)
    model.graph.initializers[tensor] = ONNXTensor(
      name: model.graph.initializers[tensor].name, dimensions: sizes,
      int64: [Int](repeating: value, count: count))
  }

  @Test("with the inputs of nodes exchanged are converted or refused", arguments: fixtures)
  func exchangedInputs(fixture: ONNXFixture) throws {
    let original = try fixture.file().model
    let names =
      original.graph.nodes.flatMap(\.outputs) + original.graph.initializers.map(\.name) + [""]
    var generator = SplitMix64(seed: 9)
    for _ in 0..<150 {
      var model = original
      let index = generator.index(below: model.graph.nodes.count)
      guard !model.graph.nodes[index].inputs.isEmpty else { continue }
      let place = generator.index(below: model.graph.nodes[index].inputs.count)
      model.graph.nodes[index].inputs[place] = names[generator.index(below: names.count)]
      attempt(model)
    }
  }

  private func attempt(_ model: ONNXModel) {
    do throws(InputError) {
      _ = try ONNXNetwork(ONNXFile(model, byteCount: 1 << 16)).graph.foldingBatchNorm()
    } catch {
      #expect(error.kind == .badData)
    }
  }
}
