internal import Checkpoints
public import Foundation

/// A quantized model: integer codes, their grids and the network.
public struct QuantizedModel: Sendable {
  package let packed: PackedModel

  package init(_ packed: PackedModel) { self.packed = packed }

  /// Opens a packed file.
  ///
  /// - Throws: `MixQuantError` if the file cannot be read or is damaged.
  public init(contentsOf url: URL) throws(MixQuantError) {
    packed = try MixQuantError.wrapping { try PackedModel(contentsOf: url) }
  }

  /// Writes the packed file; equal models give equal bytes.
  ///
  /// If an error is thrown, no incomplete file remains.
  ///
  /// - Throws: `MixQuantError` if the file exists and `overwriting` is false, or cannot be written.
  public func write(to url: URL, overwriting: Bool = false) throws(MixQuantError) {
    try MixQuantError.wrapping { try packed.encoded.write(to: url, overwriting: overwriting) }
  }

  /// The bit-widths of the model's weights.
  public var plan: Plan { Plan(packed.plan) }

  /// The bytes of all codes, scales, zero points and biases.
  public var byteCount: Int { packed.payloadBytes }

  /// Scores the model on labelled images.
  ///
  /// - Parameters:
  ///   - images: The images and their labels.
  ///   - threads: The number of threads; the result does not depend on it.
  /// - Throws: `MixQuantError` if an image cannot be read or a logit is not finite.
  public func evaluated(
    on images: LabelledImages, threads: Int = Threads.all
  ) throws(MixQuantError) -> Evaluation {
    try Evaluation(of: .packed(packed), on: images, threads: threads)
  }
}
