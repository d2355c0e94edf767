import Files
import Graphs

/// The stride and the padding of a window, which are equal along both axes.
struct ONNXGeometry {
  let kernel: (height: Int, width: Int)
  let stride: Int
  let padding: Int

  private static let largestKernel = 63
  private static let strides = 1...16

  /// Reads the attributes of a convolution or a pooling.
  ///
  /// - Parameter input: The maps, whose pending padding is added.
  /// - Throws: `badData` if the attributes differ along the axes or on two sides of the maps.
  init(
    _ node: ONNXNodeReader, kernel: (height: Int, width: Int), input: ONNXValue
  ) throws(InputError) {
    self.kernel = kernel
    guard (1...Self.largestKernel).contains(kernel.height),
      (1...Self.largestKernel).contains(kernel.width)
    else { throw node.refused("its kernel is \(kernel.height)×\(kernel.width)") }
    let dilations = try node.integers("dilations") ?? [1, 1]
    guard dilations.allSatisfy({ $0 == 1 }) else {
      throw node.refused("its dilations are \(dilations), but only 1 is supported")
    }
    let strides = try node.integers("strides") ?? [1, 1]
    guard strides.count == 2, strides[0] == strides[1], Self.strides.contains(strides[0]) else {
      throw node.refused("its strides are \(strides), but both must be equal and at most 16")
    }
    stride = strides[0]
    let pads = try Self.pads(node, kernel: kernel, stride: stride, input: input)
    var added = 0
    switch input.pending {
    case .padding(let border): added = border
    case .stride: throw node.refused("it reads a part of the pixels")
    case .mirror: throw node.refused("it reads mirrored pixels, which only a fixed filter may do")
    case nil: break
    }
    guard pads.count == 4, Set(pads).count == 1, pads[0] >= 0 else {
      throw node.refused(
        "its pads at the top, left, bottom and right are \(pads), but all must be equal")
    }
    guard pads[0] <= Self.largestKernel, pads[0] + added < max(kernel.height, kernel.width) else {
      throw node.refused("its padding of \(pads[0] + added) is not smaller than its kernel")
    }
    padding = pads[0] + added
  }

  /// Returns the padding at the top, left, bottom and right.
  private static func pads(
    _ node: ONNXNodeReader, kernel: (height: Int, width: Int), stride: Int, input: ONNXValue
  ) throws(InputError) -> [Int] {
    let mode = try node.text("auto_pad") ?? "NOTSET"
    switch mode {
    case "NOTSET", "": return try node.integers("pads") ?? [0, 0, 0, 0]
    case "VALID": return [0, 0, 0, 0]
    case "SAME_UPPER", "SAME_LOWER":
      let rows = try samePads(node, kernel.height, stride: stride, extent: input.height)
      let columns = try samePads(node, kernel.width, stride: stride, extent: input.width)
      let isUpper = mode == "SAME_UPPER"
      let (low, high) = ((rows / 2, columns / 2), (rows - rows / 2, columns - columns / 2))
      return isUpper
        ? [low.0, low.1, high.0, high.1] : [high.0, high.1, low.0, low.1]
    default: throw node.refused("its auto_pad is '\(mode.printable(limit: 40))'")
    }
  }

  /// Returns the padding of both sides together that keeps ⌈extent / stride⌉ pixels.
  private static func samePads(
    _ node: ONNXNodeReader, _ kernel: Int, stride: Int, extent: Int?
  ) throws(InputError) -> Int {
    if stride == 1 { return kernel - 1 }
    guard let extent else {
      throw node.refused(
        "its padding depends on the size of the image, which the file leaves open",
        try: "export the model with a fixed size of images")
    }
    return max((extent - 1) / stride * stride + kernel - extent, 0)
  }

  /// The extents of the output for maps of known extents; below 1 if the maps are too small.
  func outputExtents(of input: ONNXValue) -> (height: Int?, width: Int?) {
    func extent(_ extent: Int?, _ kernel: Int) -> Int? {
      extent.map { $0 + 2 * padding < kernel ? 0 : ($0 + 2 * padding - kernel) / stride + 1 }
    }
    return (extent(input.height, kernel.height), extent(input.width, kernel.width))
  }
}

extension ONNXConverter {
  /// Throws if the maps of an output have no pixels.
  func requireExtents(_ output: ONNXValue, _ node: ONNXNodeReader) throws(InputError) {
    guard output.height ?? 1 > 0, output.width ?? 1 > 0 else {
      throw node.refused("its window is larger than its input, so that no output is left")
    }
  }
}
