import Files
import Tensors

/// A reader of a state dict, which checks the shape of each tensor and records the tensors it took.
struct ParameterReader {
  private let stateDict: StateDict
  /// The name of every tensor in the file, by its name in the state dict.
  private let fileNames: [String: String]
  private var taken: Set<String> = []

  init(_ stateDict: StateDict, fileNames: [String: String]) {
    self.stateDict = stateDict
    self.fileNames = fileNames
  }

  func contains(_ name: String) -> Bool { stateDict[name] != nil }

  /// Returns the shape of the tensor `name`, or nil if there is none.
  func shape(of name: String) -> Shape? { stateDict[name]?.shape }

  /// Returns the channels that the convolution `name` reads; 3 if there is no such convolution.
  func inputChannels(of name: String) -> Int {
    guard let shape = stateDict["\(name).weight"]?.shape, shape.rank == 4 else { return 3 }
    return shape[1]
  }

  /// The names of all tensors, in the order of the file.
  var names: [String] { stateDict.names }

  /// Returns the tensor `name`.
  ///
  /// - Parameter expected: The extents that it must have; nil allows any extent.
  /// - Throws: `badData` if the tensor is missing, has another shape or is not finite.
  mutating func take(_ name: String, _ expected: [Int?]) throws(InputError) -> Tensor {
    guard let tensor = stateDict[name] else {
      throw refused(
        name, "the tensor is missing; \(Self.describe(expected)) was expected",
        try: "check that the file is complete")
    }
    let extents = tensor.shape.dimensions
    let fits = zip(extents, expected).allSatisfy { $0 > 0 && ($1 == nil || $0 == $1) }
    guard extents.count == expected.count, fits else {
      throw refused(
        name, "its shape is \(tensor.shape), but \(Self.describe(expected)) was expected",
        try: Self.familyRemedy)
    }
    if let index = tensor.firstNonFinite {
      throw refused(
        name, "value \(index) of \(tensor.scalars.count) is \(tensor.scalars[index])",
        try: "use a checkpoint from before training diverged")
    }
    taken.insert(name)
    return tensor
  }

  /// Returns the `count` values of the tensor `name`, one per channel; throws as `take` does.
  mutating func takeVector(_ name: String, count: Int) throws(InputError) -> [Float] {
    try take(name, [count]).scalars
  }

  /// Returns the error that the tensor `name` cannot be used because of `reason`.
  func refused(_ name: String, _ reason: String, try remedy: String) -> InputError {
    InputError(
      .badCheckpoint, "the checkpoint does not fit", at: fileNames[name] ?? name, because: reason,
      try: remedy)
  }

  /// Returns the error that the tensor `name` belongs to no supported network.
  func hasNoPlace(_ name: String) -> InputError {
    let shape = stateDict[name].map { " (\($0.shape))" } ?? ""
    return refused(
      name, "no supported residual network has such a tensor\(shape)", try: Self.familyRemedy)
  }

  /// Returns the tensors that inference does not need; throws if another tensor was not taken.
  func ignoredTensors() throws(InputError) -> [String] {
    let untaken = names.filter { !taken.contains($0) }
    if let stranger = untaken.first(where: { !$0.hasSuffix(".num_batches_tracked") }) {
      throw hasNoPlace(stranger)
    }
    return untaken.map { fileNames[$0] ?? $0 }
  }

  static let familyRemedy =
    "use a supported network: ResNet, ResNeXt and wide ResNets with torchvision's, timm's or Hugging "
    + "Face's names, timm's SE-ResNets and ResNetV2 with batch normalisation, or CIFAR ResNets"

  /// Returns extents as text, such as 64×any×3×3.
  private static func describe(_ extents: [Int?]) -> String {
    extents.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
  }
}
