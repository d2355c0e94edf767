package import Files
package import Foundation

extension ONNXModel {
  /// The bytes of the file, with fields in the order of their numbers, as the reference implementation
  /// writes them; equal models give equal bytes.
  package var encoded: Data {
    var writer = WireWriter()
    writer.integer(1, irVersion)
    writer.optionalText(2, producerName)
    writer.optionalText(3, producerVersion)
    writer.optionalText(4, domain)
    if let modelVersion { writer.integer(5, modelVersion) }
    writer.optionalText(6, docString)
    writer.message(7) { graph.encode(&$0) }
    for set in operatorSets {
      writer.message(8) {
        $0.text(1, set.domain)
        $0.integer(2, set.version)
      }
    }
    for entry in metadata { writer.message(14) { entry.encode(&$0) } }
    return writer.bytes
  }

  /// Writes the file at `url`, whole or not at all.
  ///
  /// - Throws: `cannotWrite` if the file exists and `overwriting` is false, if it cannot be written,
  ///   or if it is larger than an ONNX file can be.
  package func write(to url: URL, overwriting: Bool) throws(InputError) {
    let bytes = encoded
    guard bytes.count <= Self.maximumByteCount else {
      throw InputError(
        .cannotWrite, "cannot write the file", at: url.relativePath,
        because: "it would have \(bytes.count) bytes, more than an ONNX file can have",
        try: "export to safetensors")
    }
    try AtomicFile.write(bytes, to: url, overwriting: overwriting)
  }
}

extension ONNXGraph {
  func encode(_ writer: inout WireWriter) {
    for node in nodes { writer.message(1) { node.encode(&$0) } }
    writer.text(2, name)
    for tensor in initializers { writer.message(5) { tensor.encode(&$0) } }
    writer.optionalText(10, docString)
    for info in inputs { writer.message(11) { info.encode(&$0) } }
    for info in outputs { writer.message(12) { info.encode(&$0) } }
    for info in valueInfos { writer.message(13) { info.encode(&$0) } }
    for entry in metadata { writer.message(16) { entry.encode(&$0) } }
  }
}

extension ONNXNode {
  func encode(_ writer: inout WireWriter) {
    for input in inputs { writer.text(1, input) }
    for output in outputs { writer.text(2, output) }
    writer.optionalText(3, name)
    writer.text(4, operation)
    for attribute in attributes { writer.message(5) { attribute.encode(&$0) } }
    writer.optionalText(6, docString)
    writer.optionalText(7, domain)
    for entry in metadata { writer.message(9) { entry.encode(&$0) } }
  }
}

extension ONNXAttribute {
  func encode(_ writer: inout WireWriter) {
    writer.text(1, name)
    let type: Int
    switch value {
    case .float(let value):
      writer.float(2, value)
      type = 1
    case .integer(let value):
      writer.integer(3, value)
      type = 2
    case .string(let value):
      writer.data(4, value)
      type = 3
    case .tensor(let value):
      writer.message(5) { value.encode(&$0) }
      type = 4
    case .floats(let values):
      for value in values { writer.float(7, value) }
      type = 6
    case .integers(let values):
      for value in values { writer.integer(8, value) }
      type = 7
    case .strings(let values):
      for value in values { writer.data(9, value) }
      type = 8
    case .other(let other):
      preconditionFailure("an attribute of type \(other) can be read, but not written")
    }
    writer.integer(20, type)
  }
}

extension ONNXTensor {
  func encode(_ writer: inout WireWriter) {
    for size in dimensions { writer.integer(1, size) }
    writer.integer(2, elementType.rawValue)
    writer.optionalText(8, name)
    switch content {
    case .bytes(let bytes):
      writer.data(9, bytes)
      writer.optionalText(12, docString)
    case .external(let data):
      writer.optionalText(12, docString)
      for entry in data.entries { writer.message(13) { entry.encode(&$0) } }
      writer.integer(14, 1)
    }
  }
}

extension ONNXExternalData {
  fileprivate var entries: [ONNXEntry] {
    [ONNXEntry("location", location), ONNXEntry("offset", String(offset))]
      + (length.map { [ONNXEntry("length", String($0))] } ?? [])
  }
}

extension ONNXEntry {
  func encode(_ writer: inout WireWriter) {
    writer.text(1, key)
    writer.text(2, value)
  }
}

extension ONNXValueInfo {
  func encode(_ writer: inout WireWriter) {
    writer.text(1, name)
    if let elementType {
      writer.message(2) {
        $0.message(1) { encodeTensor(elementType, &$0) }
      }
    }
    writer.optionalText(3, docString)
  }

  private func encodeTensor(_ elementType: ONNXElementType, _ writer: inout WireWriter) {
    writer.integer(1, elementType.rawValue)
    guard let dimensions else { return }
    writer.message(2) { shape in
      for dimension in dimensions {
        shape.message(1) {
          switch dimension {
          case .fixed(let size): $0.integer(1, size)
          case .named(let name): $0.optionalText(2, name)
          }
        }
      }
    }
  }
}
