internal import Networks
internal import Graphs
public import Foundation

/// A checkpoint in full precision, with which every quantization starts.
///
/// ```swift
/// let model = try FullPrecisionModel(contentsOf: URL(filePath: "resnet50.pth"))
/// let images = try CalibrationImages(folder: URL(filePath: "train"), for: model)
/// let packed = try model.quantized(to: .uniform(4, for: model), with: Recipe(), on: images)
/// try packed.write(to: URL(filePath: "resnet50.mixq"))
/// ```
public struct FullPrecisionModel: Sendable {
  package let model: CheckpointModel

  /// Opens a PyTorch or safetensors checkpoint or an ONNX model, and the configuration beside it.
  ///
  /// No code in the file is executed.
  ///
  /// - Throws: `MixQuantError` if the file cannot be read or describes no supported network.
  public init(contentsOf url: URL) throws(MixQuantError) {
    model = try MixQuantError.wrapping { try CheckpointModel(contentsOf: url) }
  }

  /// The name of the architecture, such as "ResNet-50".
  public var architecture: String { model.architecture }

  /// The number of classes.
  public var classCount: Int { model.classCount }

  /// The name of each class, if the configuration has them.
  public var labelNames: [String]? { model.labelNames }

  /// The names of the layers, in network order.
  public var layerNames: [String] { model.network.layers.map(\.name) }

  /// The assumptions that neither tensors nor the configuration confirm, one statement each.
  public var assumptions: [String] { model.assumptions }

  /// Scores the model on labelled images.
  ///
  /// - Parameters:
  ///   - images: The images and their labels.
  ///   - threads: The number of threads; the result does not depend on it.
  /// - Throws: `MixQuantError` if an image cannot be read or a logit is not finite.
  public func evaluated(
    on images: LabelledImages, threads: Int = Threads.all
  ) throws(MixQuantError) -> Evaluation {
    try Evaluation(of: .checkpoint(model), on: images, threads: threads)
  }
}
