import Checkpoints
import Datasets
import Files
import Graphs
import Tensors

/// All inputs that decide the answers of an evaluation; kept answers are only used for the same job.
struct EvaluationJob: Codable, Equatable {
  let build: Build
  /// The SHA-256 of the folded network, or of a packed file.
  let model: String
  let engine: InferenceEngine
  /// The SHA-256 of the list of images, with the sizes and times of their files.
  let images: String
  let classes: [Int]
  let transform: Transform
  let skipsBadImages: Bool

  init(_ model: Model, _ evaluator: Evaluator) {
    build = .current
    self.model =
      switch model {
      case .checkpoint(let checkpoint): checkpoint.network.digest
      case .packed(let packed): SHA256.hexDigest(of: packed.fileBytes)
      }
    engine = evaluator.engine ?? model.classifier.usualEngine
    images = evaluator.images.fileDigest
    classes = evaluator.classes
    transform = evaluator.transform
    skipsBadImages = evaluator.skipBadImages
  }

  /// Returns the first difference of `other` in words, or nil.
  func difference(from other: EvaluationJob) -> String? {
    if other.model != model { return "another model, or other options about it" }
    if other.engine != engine { return "another engine: \(other.engine.rawValue)" }
    if other.images != images { return "other images, or other versions of their files" }
    if other.classes != classes { return "another map of classes" }
    if other.transform != transform { return "another transform" }
    if other.skipsBadImages != skipsBadImages {
      return other.skipsBadImages
        ? "a run with --skip-bad-images" : "a run without --skip-bad-images"
    }
    if other.build != build { return "another build, or other kernels: \(other.build.line)" }
    return nil
  }
}
