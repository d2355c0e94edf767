import Checkpoints
import Files
import Foundation

/// A node of an ONNX graph, with typed access to its attributes and errors that name it.
struct ONNXNodeReader {
  let node: ONNXNode
  /// The version of ONNX's operators in the model.
  let operatorSet: Int

  var operation: String { node.operation }
  var name: String { node.name }

  /// The number of inputs without absent ones at the end.
  var inputCount: Int { (node.inputs.lastIndex { !$0.isEmpty } ?? -1) + 1 }

  /// Returns the name of an input, or nil if it is absent.
  func input(_ index: Int) -> String? {
    node.inputs.indices.contains(index) && !node.inputs[index].isEmpty
      ? node.inputs[index] : nil
  }

  /// Returns the name of an input that must be there.
  func requiredInput(_ index: Int) throws(InputError) -> String {
    guard let name = input(index) else { throw refused("its input \(index + 1) is missing") }
    return name
  }

  /// The name of the first output.
  var output: String {
    get throws(InputError) {
      guard let name = node.outputs.first, !name.isEmpty else {
        throw refused("it has no output")
      }
      return name
    }
  }

  func integer(_ attribute: String) throws(InputError) -> Int? {
    guard let value = node[attribute] else { return nil }
    guard case .integer(let integer) = value else { throw mistyped(attribute, "an integer") }
    return integer
  }

  func integers(_ attribute: String) throws(InputError) -> [Int]? {
    guard let value = node[attribute] else { return nil }
    guard case .integers(let integers) = value else { throw mistyped(attribute, "integers") }
    return integers
  }

  func float(_ attribute: String) throws(InputError) -> Float? {
    guard let value = node[attribute] else { return nil }
    guard case .float(let float) = value else { throw mistyped(attribute, "a float") }
    return float
  }

  func text(_ attribute: String) throws(InputError) -> String? {
    guard let value = node[attribute] else { return nil }
    guard case .string(let bytes) = value else { throw mistyped(attribute, "a text") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Throws if the attribute is present and differs from `expected`, the only supported value.
  func require(_ attribute: String, _ expected: Int, _ reason: String) throws(InputError) {
    guard try integer(attribute) ?? expected == expected else { throw refused(reason) }
  }

  private func mistyped(_ attribute: String, _ expected: String) -> InputError {
    refused("its attribute '\(attribute)' should be \(expected)")
  }

  /// The name by which errors call the node: its own, or that of its output.
  var label: String {
    let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    return "'\(name.printable(limit: 80))' (\(node.operation.printable(limit: 40)))"
  }

  /// Returns the error that the node cannot be used because of `reason`.
  func refused(
    _ reason: String, try remedy: String = ONNXNodeReader.remedy
  ) -> InputError {
    InputError(.badONNX, "cannot use the ONNX model", at: label, because: reason, try: remedy)
  }

  static let remedy =
    "export a residual network for classification in full precision, or give its PyTorch or "
    + "safetensors checkpoint"
}
