package import Files
package import Foundation

/// The files of one model: its weights and the descriptions beside them.
///
/// A folder of timm or Hugging Face is one unit. It may hold the weights in several forms, and the
/// state of their training.
package struct ModelFiles: Sendable, Equatable {
  /// The file of the weights, or the index of a checkpoint in several files.
  package let weights: URL
  /// `NAME.json` beside the weights, or the folder's `config.json`.
  package let configuration: URL?
  /// Hugging Face's `preprocessor_config.json`, if it belongs to the weights.
  package let preprocessor: URL?
  /// The reasons for choices among several files.
  package let notes: [String]

  /// Finds the files of the model at `url`, which is a file or a folder.
  ///
  /// - Throws: `missingInput` if there is nothing at `url` or the folder cannot be read, and `badData` if
  ///   a folder holds no weights or several without a usual name.
  package init(of url: URL) throws(InputError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      self.init(weights: url)
      return
    }
    let names = try Self.names(in: url)
    let chosen = try Self.weights(among: names, in: url)
    let others = names.filter { Self.isWeights($0) && $0 != chosen && !Self.isShard($0) }
    let note =
      others.isEmpty
      ? [] : ["took \(chosen) of the folder (also there: \(others.joined(separator: ", ")))"]
    self.init(weights: url.appending(path: chosen), notes: note)
  }

  private static func names(in folder: URL) throws(InputError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() } catch {
      throw InputError(
        .missingInput, "cannot list the folder", at: folder.path, because: systemReason(error),
        try: "check its permissions")
    }
  }

  private init(weights: URL, notes: [String] = []) {
    self.weights = weights
    let (configuration, remark) = Self.configuration(of: weights)
    self.configuration = configuration
    let folder = weights.deletingLastPathComponent()
    let preprocessor = folder.appending(path: "preprocessor_config.json")
    let belongs =
      configuration?.lastPathComponent == "config.json" || Self.isUsual(weights.lastPathComponent)
    self.preprocessor =
      belongs && FileManager.default.fileExists(atPath: preprocessor.path) ? preprocessor : nil
    self.notes = notes + (remark.map { [$0] } ?? [])
  }

  /// Returns the configuration of the weights, and a remark if one beside them is not used.
  private static func configuration(of weights: URL) -> (URL?, String?) {
    let files = FileManager.default
    var base = weights.deletingPathExtension()
    if base.pathExtension == "pth" { base.deletePathExtension() }
    let named = base.appendingPathExtension("json")
    if !weights.path.hasSuffix(".json"), files.fileExists(atPath: named.path) {
      return (named, nil)
    }
    let folder = weights.deletingLastPathComponent()
    let shared = folder.appending(path: "config.json")
    guard files.fileExists(atPath: shared.path) else { return (nil, nil) }
    guard !isUsual(weights.lastPathComponent) else { return (shared, nil) }
    let names = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    let rivals = names.filter {
      isWeights($0) && !isUsual($0) && !isState($0) && !isShard($0)
        && $0 != weights.lastPathComponent
    }
    guard let rival = rivals.min() else { return (shared, nil) }
    return (nil, "config.json is not used: it may belong to \(rival)")
  }

  /// The names under which libraries save weights, the preferred ones first.
  private static let usualNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json", "pytorch_model.pth", "model.pth", "model.pt",
  ]
  private static let weightExtensions: Set = [
    "pth", "pt", "th", "tar", "bin", "ckpt", "safetensors", "onnx",
  ]

  private static func weights(
    among names: [String], in folder: URL
  ) throws(InputError) -> String {
    if let usual = usualNames.first(where: names.contains) { return usual }
    let candidates = names.filter { isWeights($0) && !isState($0) && !isShard($0) }
    guard candidates.count == 1 else {
      let special = FolderKind(names).map { ": \($0.description)" }
      throw InputError(
        .badCheckpoint, "cannot choose a checkpoint", at: folder.path,
        because: candidates.isEmpty
          ? "the folder holds no weights\(special ?? "")"
          : "the folder holds several: \(candidates.joined(separator: ", "))",
        try: FolderKind(names)?.remedy ?? "name the file itself")
    }
    return candidates[0]
  }

  private static func isWeights(_ name: String) -> Bool {
    !name.hasPrefix(".") && weightExtensions.contains(URL(filePath: name).pathExtension)
      || name.hasSuffix(".index.json")
  }

  private static func isUsual(_ name: String) -> Bool { usualNames.contains(name) || isShard(name) }

  /// Returns true for a part of a checkpoint in several files, `model-00001-of-00002.safetensors`.
  private static func isShard(_ name: String) -> Bool { name.contains(#/-\d{5}-of-\d{5}\./#) }

  /// Returns true for the state that training leaves beside the weights.
  private static func isState(_ name: String) -> Bool {
    [
      "optimizer", "scheduler", "scaler", "training_args", "rng_state", "random_states", "trainer",
    ].contains { name.hasPrefix($0) }
  }
}

/// Folders in which other frameworks keep a model.
enum FolderKind {
  case savedModel, coreML, paddle

  init?(_ names: [String]) {
    if names.contains("saved_model.pb") {
      self = .savedModel
    } else if names.contains("Manifest.json"), names.contains("Data") {
      self = .coreML
    } else if names.contains("inference.pdmodel") {
      self = .paddle
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .savedModel: "it is a TensorFlow SavedModel"
    case .coreML: "it is a Core ML package"
    case .paddle: "it is a PaddlePaddle model"
    }
  }

  var remedy: String { "convert the model to ONNX or PyTorch and give that file" }
}
