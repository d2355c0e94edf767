import Files
import Networks

extension NetworkDescription {
  /// Checks that the layers fit together for images of any size, so that no number of a damaged file can
  /// stop a network in the middle of its work; throws `badData` naming the layer or block.
  func validate() throws(InputError) {
    let names = layers.map(\.name)
    guard Set(names).count == names.count else {
      throw Self.misfit(architecture, "two layers have the same name")
    }
    for layer in layers { try layer.validate() }
    var width = try stem.channels(after: 3)
    for block in blocks { width = try block.channels(after: width) }
    _ = try head.channels(after: width)
    guard head.kernel == 1, head.stride == 1, head.groups == 1 else {
      throw Self.misfit(head.name, "the head is not a linear layer")
    }
  }

  /// In module order.
  private var layers: [Layer] { [stem] + blocks.flatMap(\.layers) + [head] }

  static func misfit(_ place: String, _ reason: String) -> InputError {
    InputError(
      .badData, "the packed file does not describe a network", at: place, because: reason,
      try: "quantize the checkpoint again")
  }
}

extension NetworkDescription.Block {
  fileprivate var layers: [NetworkDescription.Layer] {
    if case .projection(let layer) = shortcut { branch + [layer] } else { branch }
  }

  /// The channels of the block's output for an input of `width` channels; throws where branch and
  /// shortcut do not have equal outputs.
  fileprivate func channels(after width: Int) throws(InputError) -> Int {
    guard (2...3).contains(branch.count) else {
      throw misfit("its branch has \(branch.count) layers, not two or three")
    }
    var output = width
    for layer in branch { output = try layer.channels(after: output) }
    let (channels, stride) = try shortcutOutput(width)
    guard channels == output else {
      throw misfit("its branch gives \(output) channels and its shortcut \(channels)")
    }
    let branchStride = branch.reduce(1) { $0 * $1.stride }
    guard stride == branchStride else {
      throw misfit("the stride is \(branchStride) in its branch and \(stride) in its shortcut")
    }
    return output
  }

  private func shortcutOutput(
    _ width: Int
  ) throws(InputError) -> (channels: Int, stride: Int) {
    switch shortcut {
    case .identity: return (width, 1)
    case .projection(let layer): return (try layer.channels(after: width), layer.stride)
    case .subsampling(let stride, let padding):
      guard NetworkDescription.Layer.strides.contains(stride),
        (0...NetworkDescription.Layer.mostChannels).contains(padding)
      else { throw misfit("its shortcut has stride \(stride) and \(padding) new channels") }
      return (width + 2 * padding, stride)
    }
  }

  private func misfit(_ reason: String) -> InputError {
    NetworkDescription.misfit(name, reason)
  }
}

extension NetworkDescription.Layer {
  static let strides = 1...8
  static let mostChannels = 1 << 16
  private static let largestKernel = 15

  /// The height and width of the kernel, once validated.
  fileprivate var kernel: Int { shape[2] }

  /// Checks the layer by itself; throws `badData`.
  ///
  /// Kernels are odd and padded by their half, so that an extent n becomes ⌈n / stride⌉ whatever the
  /// kernel, and only strides decide whether two paths fit.
  fileprivate func validate() throws(InputError) {
    guard shape.count == 4, (1...Self.mostChannels).contains(shape[0]),
      (1...Self.mostChannels).contains(shape[1]), shape[2] == shape[3],
      (1...Self.largestKernel).contains(shape[2]), shape[2] % 2 == 1
    else { throw NetworkDescription.misfit(name, "its weights have the shape \(shape)") }
    guard Self.strides.contains(stride), padding == kernel / 2,
      (1...Self.mostChannels).contains(groups), shape[0] % groups == 0
    else {
      throw NetworkDescription.misfit(
        name, "stride \(stride), padding \(padding), \(groups) groups do not suit \(shape)")
    }
  }

  /// The channels of the output; throws where the layer does not take `width` channels.
  fileprivate func channels(after width: Int) throws(InputError) -> Int {
    let expected = shape[1] * groups
    guard expected == width else {
      throw NetworkDescription.misfit(
        name, "it takes \(expected) channels and is given \(width)")
    }
    return shape[0]
  }
}
