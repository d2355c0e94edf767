/// A model in the format of ONNX (`ModelProto`), as the file states it.
///
/// The types of this folder hold the fields that image classifiers and their quantized forms use.
/// Source: onnx/onnx.proto of the ONNX project, IR version 13.
package struct ONNXModel: Equatable, Sendable {
  /// The version of the file format; 8 goes with operator set 17, and 10 with operator set 21.
  package var irVersion: Int
  package var operatorSets: [ONNXOperatorSet]
  package var producerName: String
  package var producerVersion: String
  package var domain: String
  package var modelVersion: Int?
  package var docString: String
  package var graph: ONNXGraph
  /// Pairs of texts about the model, in the order of the file.
  package var metadata: [ONNXEntry]

  package init(
    irVersion: Int, operatorSets: [ONNXOperatorSet], producerName: String = "",
    producerVersion: String = "", domain: String = "", modelVersion: Int? = nil,
    docString: String = "", graph: ONNXGraph, metadata: [ONNXEntry] = []
  ) {
    self.irVersion = irVersion
    self.operatorSets = operatorSets
    self.producerName = producerName
    self.producerVersion = producerVersion
    self.domain = domain
    self.modelVersion = modelVersion
    self.docString = docString
    self.graph = graph
    self.metadata = metadata
  }
}

/// A set of operators that a model uses (`OperatorSetIdProto`).
package struct ONNXOperatorSet: Equatable, Sendable {
  /// The empty text for ONNX's own operators.
  package var domain: String
  package var version: Int

  package init(domain: String = "", version: Int) {
    self.domain = domain
    self.version = version
  }
}

/// A pair of texts (`StringStringEntryProto`).
package struct ONNXEntry: Equatable, Sendable {
  package var key: String
  package var value: String

  package init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

extension [ONNXEntry] {
  /// The value of the first pair with this key.
  package subscript(key: String) -> String? { first { $0.key == key }?.value }
}
