import Checkpoints
import Datasets
import Files
import Foundation
import Graphs
import Networks
import Tensors

/// The network of an ONNX file, with the class names and the transform that the file states.
struct ONNXModelFile {
  /// The keys of metadata under which class names are looked up, in this order.
  static let labelKeys = ["mixq.labels", "label_names", "labels", "classes", "names", "id2label"]
  static let transformKey = "mixq.transform"

  let network: ONNXNetwork
  /// The file's format, types, notes and hash.
  let file: CheckpointFile
  let labelNames: [String]?
  let transform: TransformChoice?

  /// Opens the file at `url`.
  ///
  /// - Throws: The errors of the reader and of the conversion, and `usage` if `options` are given,
  ///   since the graph fixes all that they set.
  init(contentsOf url: URL, options: CheckpointOptions) throws(InputError) {
    guard options == CheckpointOptions() else {
      throw InputError(
        .unusedOption, "cannot use options about a checkpoint", at: url.path,
        because: "the graph in an ONNX file already fixes these settings",
        try: "leave out the options about checkpoints, such as --ema and --bn-eps")
    }
    let onnx = try ONNXFile(contentsOf: url)
    do { network = try ONNXNetwork(onnx) } catch {
      throw InputError(
        error.code, error.what, at: "\(url.path): \(error.place)", because: error.reason,
        try: error.remedy)
    }
    let metadata = onnx.model.metadata
    var notes = network.notes
    labelNames = Self.labelNames(metadata, count: network.graph.classCount, notes: &notes)
    transform = try Self.transform(metadata, url: url) ?? Self.transform(of: network)
    file = CheckpointFile(of: onnx, elementTypes: network.elementTypes, notes: notes)
  }

  /// Returns the names of the classes, as a JSON list or as a JSON object by number.
  private static func labelNames(
    _ metadata: [ONNXEntry], count: Int, notes: inout [String]
  ) -> [String]? {
    for key in labelKeys {
      guard let text = metadata[key] else { continue }
      let data = Data(text.utf8)
      var names = try? JSONDecoder().decode([String].self, from: data)
      if names == nil, let numbered = try? JSONDecoder().decode([String: String].self, from: data) {
        names = (0..<numbered.count).compactMap { numbered[String($0)] }
      }
      if let names, names.count == count { return names }
      notes.append("the metadata '\(key)' are not used: they are no JSON list of \(count) names")
    }
    return nil
  }

  private static func transform(
    _ metadata: [ONNXEntry], url: URL
  ) throws(InputError) -> TransformChoice? {
    guard let text = metadata[transformKey] else { return nil }
    do {
      let transform = try JSONDecoder().decode(Transform.self, from: Data(text.utf8))
      return TransformChoice(transform: transform, reason: "from the metadata of the ONNX file")
    } catch {
      throw InputError(
        .badONNX, "cannot use the ONNX model", at: "\(url.path): \(transformKey)",
        because: decodingReason(error), try: "correct or remove the metadata")
    }
  }

  /// Returns torchvision's evaluation at the file's size of images, if the file fixes another size than
  /// that of the usual transforms.
  private static func transform(of network: ONNXNetwork) -> TransformChoice? {
    guard let (height, width) = network.imageSize, height == width, (16...4096).contains(height),
      height != 224, !network.report.suitsSmallImages || height != 32
    else { return nil }
    return TransformChoice(
      transform: Transform(resize: (height * 8 + 3) / 7, crop: height),
      reason: "assumed: torchvision's evaluation at the size that the ONNX file fixes")
  }
}
