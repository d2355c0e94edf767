package import Networks
package import Quantization
package import Tensors

/// Anything that turns images (N, 3, H, W) into logits (N, classes).
package protocol Classifier: Sendable {
  func logits(of images: Tensor, workers: Workers) -> Tensor
}

extension ResNet: Classifier {
  package func logits(of images: Tensor, workers: Workers) -> Tensor {
    self(images, workers: workers)
  }
}

extension QuantizedNetwork: Classifier {
  package func logits(of images: Tensor, workers: Workers) -> Tensor {
    self(images, workers: workers)
  }
}

/// Images that one worker takes at a time; the same for every number of workers, so that logits are.
private let imagesPerChunk = 8

extension Classifier {
  /// The logits of a batch: parallel over chunks of images, or inside the layers where there is but one.
  package func logitsInParallel(of images: Tensor, workers: Workers) -> Tensor {
    let chunks = (images.rowCount + imagesPerChunk - 1) / imagesPerChunk
    guard chunks > 1 else { return logits(of: images, workers: workers) }
    return Tensor(
      joining: workers.map(chunks) { chunk in
        let end = min((chunk + 1) * imagesPerChunk, images.rowCount)
        return logits(of: images[rows: chunk * imagesPerChunk..<end], workers: .one)
      })
  }
}
