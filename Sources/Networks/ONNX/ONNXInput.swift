import Checkpoints
import Files

/// The input of an ONNX graph: images.
struct ONNXInput {
  let name: String
  let value: ONNXValue

  /// Finds the only input that is not an initializer.
  ///
  /// - Parameter needed: The names of all values on which the output depends.
  /// - Throws: `badData` if there is another number of inputs, or if the input is not an image with
  ///   three channels.
  init(
    _ graph: ONNXGraph, constants: ONNXConstants, needed: Set<String>
  ) throws(InputError) {
    let inputs = graph.inputs.filter { !constants.names.contains($0.name) }
    var read = inputs.filter { needed.contains($0.name) }
    // If a node is missing, the error about that node says more.
    if read.isEmpty, inputs.count == 1 { read = inputs }
    guard read.count == 1 else {
      let names = read.prefix(8).map { $0.name.printable(limit: 40) }
      throw Self.refused(
        "inputs \(names.joined(separator: ", "))",
        "its output depends on \(read.count) inputs, but a classifier reads one image")
    }
    name = read[0].name
    let place = "input '\(name.printable())'"
    guard [nil, .float32, .float16, .bfloat16, .float64].contains(read[0].elementType) else {
      throw Self.refused(
        place, "it is of \(read[0].elementType.map { "\($0)" } ?? "another type"), not of floats",
        try: "export the network without its preprocessing; mixq transforms the images itself")
    }
    let sizes = read[0].dimensions?.map { dimension in
      if case .fixed(let size) = dimension, size > 0 { size } else { Int?.none }
    }
    guard sizes?.count ?? 4 == 4 else {
      throw Self.refused(place, "it has \(sizes?.count ?? 0) axes, but images have 4")
    }
    let extents = sizes ?? [nil, nil, nil, nil]
    guard extents.dropFirst().allSatisfy({ $0 ?? 1 <= 1 << 16 }) else {
      throw Self.refused(place, "images of \(extents.dropFirst().map { $0 ?? 0 }) are too large")
    }
    let isLast = ![1, 3].contains(extents[1]) && [1, 3].contains(extents[3])
    let channels = extents[isLast ? 3 : 1] ?? 3
    guard [1, 3].contains(channels) else {
      throw Self.refused(place, "it has \(channels) channels, but images have 3, or 1 if grey")
    }
    value =
      isLast
      ? ONNXValue(
        step: 0, axes: [.batch, .rows, .columns, .channels], channels: channels,
        height: extents[1], width: extents[2])
      : ONNXValue(step: 0, channels: channels, height: extents[2], width: extents[3])
  }

  private static func refused(
    _ place: String, _ reason: String, try remedy: String = ONNXNodeReader.remedy
  ) -> InputError {
    InputError(.badONNX, "cannot use the ONNX model", at: place, because: reason, try: remedy)
  }
}
