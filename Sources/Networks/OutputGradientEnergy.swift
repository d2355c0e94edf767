package import Execution
package import Tensors

extension ResNet {
  /// How much the network's answer hangs on each output channel of each layer: the mean over `images`,
  /// over positions and over labels y of the model's own softmax of (∂ −log p(y | image) / ∂z)².
  ///
  /// A row a layer, in module order, with a number an output channel; z is the layer's output before any
  /// ReLU. The labels are averaged over by `samples` sketches an image, see `FisherSketch`.
  package func outputGradientEnergies(
    images: Tensor, sketch: FisherSketch, samples: Int, workers: Workers = .one
  ) -> [[Double]] {
    sketched(
      images, by: sketch, samples: samples,
      zeros: layers.map { [Double](repeating: 0, count: $0.outputChannels) },
      times: 1 / Double(images.rowCount * samples), workers: workers
    ) { trace, gradient, sums in
      forEachLayerGradient(trace, logitsGradient: gradient) { layer, _, gradient in
        gradient.addMeanSquares(to: &sums[layer])
      }
    }
  }
}

extension Tensor {
  /// Adds the mean square of every plane of (N, C, H, W) to its channel's sum.
  fileprivate func addMeanSquares(to sums: inout [Double]) {
    let planeSize = shape[2] * shape[3]
    scalars.withUnsafeBufferPointer { scalars in
      for plane in 0..<shape[0] * shape[1] {
        var sum = 0.0
        for index in plane * planeSize..<(plane + 1) * planeSize {
          sum += Double(scalars[index]) * Double(scalars[index])
        }
        sums[plane % shape[1]] += sum / Double(planeSize)
      }
    }
  }
}
