package import Foundation

/// The nodes of a model, its constants, inputs and outputs (`GraphProto`).
package struct ONNXGraph: Equatable, Sendable {
  package var name: String
  /// The nodes in topological order.
  package var nodes: [ONNXNode]
  package var initializers: [ONNXTensor]
  /// The inputs; files of IR version 3 list the initializers among them.
  package var inputs: [ONNXValueInfo]
  package var outputs: [ONNXValueInfo]
  /// The types of values between nodes.
  package var valueInfos: [ONNXValueInfo]
  package var docString: String
  package var metadata: [ONNXEntry]

  package init(
    name: String, nodes: [ONNXNode], initializers: [ONNXTensor], inputs: [ONNXValueInfo],
    outputs: [ONNXValueInfo], valueInfos: [ONNXValueInfo] = [], docString: String = "",
    metadata: [ONNXEntry] = []
  ) {
    self.name = name
    self.nodes = nodes
    self.initializers = initializers
    self.inputs = inputs
    self.outputs = outputs
    self.valueInfos = valueInfos
    self.docString = docString
    self.metadata = metadata
  }
}

/// One operation (`NodeProto`).
package struct ONNXNode: Equatable, Sendable {
  package var name: String
  /// The operator, such as `Conv`.
  package var operation: String
  /// The domain of the operator; the empty text for ONNX's own.
  package var domain: String
  /// The names of the values read; an empty name stands for an optional input that is absent.
  package var inputs: [String]
  package var outputs: [String]
  package var attributes: [ONNXAttribute]
  package var docString: String
  package var metadata: [ONNXEntry]

  package init(
    _ operation: String, name: String, inputs: [String], outputs: [String],
    attributes: [ONNXAttribute] = [], domain: String = "", docString: String = "",
    metadata: [ONNXEntry] = []
  ) {
    self.operation = operation
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.domain = domain
    self.docString = docString
    self.metadata = metadata
  }

  /// The value of the attribute called `name`, if there is one.
  package subscript(name: String) -> ONNXAttribute.Value? {
    attributes.first { $0.name == name }?.value
  }
}

/// A parameter of an operation that is not a tensor of the graph (`AttributeProto`).
package struct ONNXAttribute: Equatable, Sendable {
  package enum Value: Equatable, Sendable {
    case float(Float)
    case integer(Int)
    case string(Data)
    case tensor(ONNXTensor)
    case floats([Float])
    case integers([Int])
    case strings([Data])
    /// A graph, a type or a reference, which no supported operation has; the number is the type's.
    case other(type: Int)
  }

  package var name: String
  package var value: Value

  package init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, text: String) {
    self.init(name, .string(Data(text.utf8)))
  }
}

/// The name and the type of a value (`ValueInfoProto` with a `TypeProto.Tensor`).
package struct ONNXValueInfo: Equatable, Sendable {
  package enum Dimension: Equatable, Sendable {
    case fixed(Int)
    /// A size that is known only at run time, such as `batch`; the name may be empty.
    case named(String)
  }

  package var name: String
  /// `nil` if the value is not a tensor.
  package var elementType: ONNXElementType?
  /// `nil` if the rank is unknown.
  package var dimensions: [Dimension]?
  package var docString: String

  package init(
    name: String, elementType: ONNXElementType?, dimensions: [Dimension]?, docString: String = ""
  ) {
    self.name = name
    self.elementType = elementType
    self.dimensions = dimensions
    self.docString = docString
  }
}
