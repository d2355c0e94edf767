import Files
import Tensors

/// Takes tensors out of a state dict one at a time, each checked against the shape it must have,
/// and remembers which were taken.
struct ParameterReader {
  private let stateDict: StateDict
  /// The file's own name of every tensor, by the name it has here.
  private let fileNames: [String: String]
  private var taken: Set<String> = []

  init(_ stateDict: StateDict, fileNames: [String: String]) {
    self.stateDict = stateDict
    self.fileNames = fileNames
  }

  func contains(_ name: String) -> Bool { stateDict[name] != nil }

  /// The shape of the tensor called `name`, if there is one.
  func shape(of name: String) -> Shape? { stateDict[name]?.shape }

  /// The names of all tensors, in the order of the file.
  var names: [String] { stateDict.names }

  /// The tensor called `name`; its extents must be those of `expected`, where `nil` allows any.
  mutating func take(_ name: String, _ expected: [Int?]) throws(InputError) -> Tensor {
    guard let tensor = stateDict[name] else {
      throw refused(
        name, "the tensor is missing; \(Self.describe(expected)) was expected",
        try: "check that the file was saved and copied whole")
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
        try: "take a checkpoint from before training diverged")
    }
    taken.insert(name)
    return tensor
  }

  /// The same as `take` for one value a channel.
  mutating func takeVector(_ name: String, count: Int) throws(InputError) -> [Float] {
    try take(name, [count]).scalars
  }

  /// The error that the tensor called `name` cannot be used, for `reason`.
  func refused(_ name: String, _ reason: String, try remedy: String) -> InputError {
    InputError(
      .badData, "the checkpoint does not fit", at: fileNames[name] ?? name, because: reason,
      try: remedy)
  }

  /// The error that the tensor called `name` belongs to no network that is supported.
  func hasNoPlace(_ name: String) -> InputError {
    let shape = stateDict[name].map { " (\($0.shape))" } ?? ""
    return refused(
      name, "no supported residual network has such a tensor\(shape)", try: Self.familyRemedy)
  }

  /// Returns the tensors that inference does not need; throws if another one is left over.
  func ignoredTensors() throws(InputError) -> [String] {
    let untaken = names.filter { !taken.contains($0) }
    if let stranger = untaken.first(where: { !$0.hasSuffix(".num_batches_tracked") }) {
      throw hasNoPlace(stranger)
    }
    return untaken.map { fileNames[$0] ?? $0 }
  }

  static let familyRemedy =
    "supported are ResNet, ResNeXt and wide ResNets with torchvision's, timm's or Hugging Face's "
    + "names, timm's SE-ResNets and ResNetV2 with batch normalisation, and CIFAR ResNets"

  // 64×any×3×3
  private static func describe(_ extents: [Int?]) -> String {
    extents.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
  }
}
