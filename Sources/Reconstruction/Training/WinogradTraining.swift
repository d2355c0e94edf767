internal import CKernels
internal import Engine
internal import Execution
internal import Graphs
internal import Tensors

/// The training of a 3×3 convolution at stride 1 by Winograd's F(4×4, 3×3).
///
/// The kernels are in winograd.c and winograd_gradient.c. The number of images that pass through
/// the phases together is chosen so that their transforms fit into the third-level cache.
final class WinogradTraining: TrainedConvolution, Sendable {
  private let places: TrainingPlaces
  private let epilogue: Epilogue
  private let channels: Int
  private let outputChannels: Int
  private let weightShape: Shape
  /// The number of tiles of one image.
  private let tiles: Int

  /// The layouts of the transformed weights: (36, C, OC) forward and (36, OC, C) backward.
  private let forwardLie: WinogradMatrices
  private let backwardLie: WinogradMatrices
  private let forwardWeights: FloatBuffer
  private let backwardWeights: FloatBuffer
  /// The number of images that pass through the phases together.
  private let imagesAtOnce: Int
  /// The layouts of the transformed images: (36, tiles, C) for inputs and (36, tiles, OC) for outputs.
  private let inputLie: WinogradMatrices
  private let outputLie: WinogradMatrices
  private let inputs: FloatBuffer
  private let outputs: FloatBuffer
  /// The gradient with respect to the transformed weights, (36, OC, C).
  private let sums: FloatBuffer

  init(_ convolution: Convolution, _ places: TrainingPlaces, epilogue: Epilogue) {
    self.places = places
    self.epilogue = epilogue
    weightShape = convolution.weight.shape
    channels = places.input.shape.channels
    outputChannels = places.output.shape.channels
    var shape = places.output.shape.kernel
    tiles = Int(ck_winograd_tiles(&shape))
    forwardLie = WinogradMatrices(rows: channels, columns: outputChannels)
    backwardLie = WinogradMatrices(rows: outputChannels, columns: channels)
    forwardWeights = FloatBuffer(count: forwardLie.floats)
    backwardWeights = FloatBuffer(count: backwardLie.floats)
    let imageFloats = WinogradMatrices.count * tiles * (channels + outputChannels)
    imagesAtOnce = min(
      places.input.images, max(1, (Self.cachedFloats + forwardLie.floats) / imageFloats))
    inputLie = WinogradMatrices(rows: tiles * imagesAtOnce, columns: channels)
    outputLie = WinogradMatrices(rows: tiles * imagesAtOnce, columns: outputChannels)
    inputs = FloatBuffer(count: inputLie.floats)
    outputs = FloatBuffer(count: outputLie.floats)
    sums = FloatBuffer(count: backwardLie.floats)
  }

  /// The number of output channels whose weights one worker transforms at a time.
  private static let outputsAtOnce = 16

  func load(_ weight: Tensor, context: Context) {
    let groups = outputChannels / Self.outputsAtOnce
    context.forEach(groups) { group, _ in
      transform(weight, group, isByInput: true, forwardLie, forwardWeights)
      if places.inputGradient != nil {
        transform(weight, group, isByInput: false, backwardLie, backwardWeights)
      }
    }
  }

  private func transform(
    _ weight: Tensor, _ group: Int, isByInput: Bool, _ matrices: WinogradMatrices,
    _ transformed: FloatBuffer
  ) {
    ck_winograd_weights(
      Int32(outputChannels), Int32(channels), Int32(group * Self.outputsAtOnce),
      Int32(Self.outputsAtOnce), isByInput ? 1 : 0, weight.scalars, matrices.lie, transformed.base)
  }

  func forward(_ count: Int, context: Context) {
    for images in (0..<count).chunks(of: imagesAtOnce) {
      transformInputs(images, context: context)
      context.forEach(WinogradMatrices.count) { position, _ in
        multiply(
          rows: images.count * tiles, columns: outputChannels, depth: channels,
          inputLie.matrix(position, of: inputs), forwardLie, forwardWeights, position, outputLie,
          outputs)
      }
      context.forEach(images.count) { index, _ in
        var (shape, epilogueKernel) = (places.output.shape.kernel, epilogue.kernel)
        let image = images.lowerBound + index
        ck_winograd_output(
          &shape, 0, Int32(tiles), outputLie.lie, outputs.base + index * tiles * outputLie.lie.row,
          &epilogueKernel, epilogue.residualImage(image), places.output.image(image))
      }
    }
  }

  func backward(_ count: Int, context: Context) -> Tensor {
    for images in (0..<count).chunks(of: imagesAtOnce) {
      transformInputs(images, context: context)
      transformOutputGradients(images, context: context)
      addWeightGradients(images, context: context)
      if let inputGradient = places.inputGradient {
        leadBack(images, into: inputGradient, context: context)
      }
    }
    return Tensor(shape: weightShape) { result in
      let result = SharedPointer(result)
      context.forEach(outputChannels / Self.outputsAtOnce) { group, _ in
        ck_winograd_weights_gradient(
          Int32(channels), Int32(group * Self.outputsAtOnce), Int32(Self.outputsAtOnce),
          backwardLie.lie, sums.base, result.base.baseAddress)
      }
    }
  }

  // The number of floats that fit into the third-level cache in addition to the weights.
  private static let cachedFloats = 2 << 20

  private func transformInputs(_ images: Range<Int>, context: Context) {
    context.forEach(images.count) { index, _ in
      var shape = places.input.shape.kernel
      ck_winograd_input(
        &shape, 0, Int32(tiles), places.input.image(images.lowerBound + index), inputLie.lie,
        inputs.base + index * tiles * inputLie.lie.row)
    }
  }

  private func transformOutputGradients(_ images: Range<Int>, context: Context) {
    context.forEach(images.count) { index, _ in
      var shape = places.output.shape.kernel
      ck_winograd_output_gradient(
        &shape, 0, Int32(tiles), places.outputGradient.image(images.lowerBound + index),
        outputLie.lie, outputs.base + index * tiles * outputLie.lie.row)
    }
  }

  private func addWeightGradients(_ images: Range<Int>, context: Context) {
    context.forEach(WinogradMatrices.count) { position, _ in
      let gradients = outputLie.matrix(position, of: outputs)
      multiply(
        rows: outputChannels, columns: channels, depth: images.count * tiles,
        ck_matrix(base: gradients.base, row: 1, column: outputLie.lie.row), inputLie, inputs,
        position, backwardLie, sums, accumulating: images.lowerBound > 0)
    }
  }

  private func leadBack(
    _ images: Range<Int>, into inputGradient: BlockedActivations, context: Context
  ) {
    context.forEach(WinogradMatrices.count) { position, _ in
      multiply(
        rows: images.count * tiles, columns: channels, depth: outputChannels,
        outputLie.matrix(position, of: outputs), backwardLie, backwardWeights, position, inputLie,
        inputs)
    }
    context.forEach(images.count) { index, _ in
      var shape = inputGradient.shape.kernel
      let image = images.lowerBound + index
      inputGradient.clear(image)
      ck_winograd_input_gradient(
        &shape, 0, Int32(tiles), inputLie.lie, inputs.base + index * tiles * inputLie.lie.row,
        inputGradient.image(image))
    }
  }

  /// Computes matrix `position` of `products` as a · matrix `position` of b.
  private func multiply(
    rows: Int, columns: Int, depth: Int, _ a: ck_matrix, _ lie: WinogradMatrices,
    _ b: FloatBuffer, _ position: Int, _ productsLie: WinogradMatrices,
    _ products: FloatBuffer, accumulating: Bool = false
  ) {
    ck_product(
      Int32(rows), Int32(columns), Int32(depth), a, b.base + position * lie.lie.matrix,
      lie.lie.row, products.base + position * productsLie.lie.matrix, productsLie.lie.row,
      accumulating ? 1 : 0)
  }
}

extension WinogradMatrices {
  fileprivate func matrix(_ position: Int, of floats: FloatBuffer) -> ck_matrix {
    ck_matrix(base: floats.base + position * lie.matrix, row: lie.row, column: 1)
  }
}
