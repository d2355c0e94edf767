import CExecution
import CKernels
import Tensors
import TestSupport
import Testing

/// The direct kernels for 3×3 convolutions, in every family that the processor supports.
@Suite("Direct convolution, by kernel family")
struct DirectConvolutionTests {
  struct Trial: CustomTestStringConvertible {
    let family: ce_family
    let images: Shape
    let outputChannels: Int

    var weights: Shape { [outputChannels, images[1], 3, 3] }
    var output: Shape { [images[0], outputChannels, images[2], images[3]] }
    var reference: ReferenceConvolution {
      ReferenceConvolution(input: images, weights: weights, ConvolutionGeometry(padding: 1))
    }
    var testDescription: String {
      "\(images) to \(outputChannels), \(String(cString: ce_family_name(family)))"
    }

    var kernel: ck_convolution {
      ck_convolution(
        in_channels: Int32(images[1]), in_height: Int32(images[2]), in_width: Int32(images[3]),
        out_channels: Int32(outputChannels), out_height: Int32(images[2]),
        out_width: Int32(images[3]), kernel_height: 3, kernel_width: 3, stride: 1, padding: 1,
        groups: 1)
    }

    /// Returns a buffer of `count` zeros after `body` wrote to it; `body` also gets scratch memory.
    func run(
      _ count: Int,
      _ body: (ck_convolution, Int32, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) ->
        Void
    ) -> [Float] {
      var kernel = kernel
      let scratchSize = ck_direct_scratch(&kernel, Int32(images[0]))
      return withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchSize) { scratch in
        scratch.initialize(repeating: .nan)
        var result = [Float](repeating: 0, count: count)
        result.withUnsafeMutableBufferPointer { buffer in
          guard let output = buffer.baseAddress, let scratch = scratch.baseAddress else { return }
          body(kernel, Int32(images[0]), output, scratch)
        }
        return result
      }
    }
  }

  static let trials = [CE_AVX2, CE_AVX512]
    .filter { $0.rawValue <= ce_widest_family().rawValue }
    .flatMap { family in
      [
        Trial(family: family, images: [2, 8, 1, 1], outputChannels: 8),
        Trial(family: family, images: [2, 8, 5, 7], outputChannels: 16),
        Trial(family: family, images: [3, 16, 16, 16], outputChannels: 24),
      ]
    }

  @Test("Forward, with a bias and a ReLU", arguments: trials)
  func forward(_ trial: Trial) {
    let images = randomTensor(trial.images, seed: 1)
    let weights = randomTensor(trial.weights, seed: 2)
    let bias = randomTensor([trial.outputChannels], seed: 3)
    let output = trial.run(trial.output.count) { kernel, count, output, scratch in
      var kernel = kernel
      ck_direct_forward(
        trial.family, &kernel, count, images.scalars, weights.scalars, bias.scalars, 1, output,
        scratch)
    }
    let expected = trial.reference.forward(images.doubles, weights.doubles, bias: bias.doubles)
    #expect(relativeError(output, expected.map { max($0, 0) }) < 1e-5)
  }

  @Test("The gradient with respect to the input", arguments: trials)
  func inputGradient(_ trial: Trial) {
    let weights = randomTensor(trial.weights, seed: 2)
    let outputGradient = randomTensor(trial.output, seed: 4)
    let gradient = trial.run(trial.images.count) { kernel, count, output, scratch in
      var kernel = kernel
      ck_direct_src_gradient(
        trial.family, &kernel, count, weights.scalars, outputGradient.scalars, output, scratch)
    }
    let expected = trial.reference.inputGradient(weights.doubles, outputGradient.doubles)
    #expect(relativeError(gradient, expected) < 1e-5)
  }

  @Test("The gradient with respect to the weights is added to the buffer", arguments: trials)
  func weightsGradient(_ trial: Trial) {
    let images = randomTensor(trial.images, seed: 1)
    let outputGradient = randomTensor(trial.output, seed: 4)
    let gradient = trial.run(trial.weights.count) { kernel, count, output, scratch in
      var kernel = kernel
      for _ in 0..<2 {
        ck_direct_weights_gradient(
          trial.family, &kernel, count, images.scalars, outputGradient.scalars, output, scratch)
      }
    }
    let expected = trial.reference.weightsGradient(images.doubles, outputGradient.doubles)
    #expect(relativeError(gradient, expected.map { 2 * $0 }) < 1e-5)
  }

  @Test("All families agree bit for bit on the convolution")
  func agreement() {
    let widths = Dictionary(grouping: Self.trials) { "\($0.images)" }
    for trials in widths.values {
      let outputs = trials.map { trial in
        let images = randomTensor(trial.images, seed: 1)
        let weights = randomTensor(trial.weights, seed: 2)
        return trial.run(trial.output.count) { kernel, count, output, scratch in
          var kernel = kernel
          ck_direct_forward(
            trial.family, &kernel, count, images.scalars, weights.scalars, nil, 0, output, scratch)
        }
      }
      #expect(outputs.allSatisfy { $0 == outputs[0] })
    }
  }
}
