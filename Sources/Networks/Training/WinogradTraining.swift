internal import CKernels
internal import Tensors

/// A 3×3 convolution at stride 1 trained through Winograd's F(4×4, 3×3) (winograd.c, winograd_gradient.c).
///
/// All tiles of the batch go through each phase together, so that the large transformed weights are read but
/// once; what is transformed on the way there serves again on the way back.
final class WinogradTraining: TrainedConvolution, Sendable {
  private let places: TrainingPlaces
  private let epilogue: Epilogue
  private let channels: Int
  private let outputChannels: Int
  private let weightShape: Shape
  /// Of one image.
  private let tiles: Int

  /// (36, C, OC) to go forward and (36, OC, C) to go back.
  private let forwardLie: WinogradMatrices
  private let backwardLie: WinogradMatrices
  private let forwardWeights: AlignedFloats
  private let backwardWeights: AlignedFloats
  /// (36, tiles of the batch, C) and (36, tiles of the batch, OC).
  private let inputLie: WinogradMatrices
  private let outputLie: WinogradMatrices
  private let inputs: AlignedFloats
  private let outputs: AlignedFloats

  init(_ convolution: Conv2d, _ places: TrainingPlaces, epilogue: Epilogue) {
    self.places = places
    self.epilogue = epilogue
    weightShape = convolution.weight.shape
    channels = places.input.shape.channels
    outputChannels = places.output.shape.channels
    var shape = places.output.shape.kernel
    tiles = Int(ck_winograd_tiles(&shape))
    forwardLie = WinogradMatrices(rows: channels, columns: outputChannels)
    backwardLie = WinogradMatrices(rows: outputChannels, columns: channels)
    forwardWeights = AlignedFloats(count: forwardLie.floats)
    backwardWeights = AlignedFloats(count: backwardLie.floats)
    inputLie = WinogradMatrices(rows: tiles * places.input.images, columns: channels)
    outputLie = WinogradMatrices(rows: tiles * places.input.images, columns: outputChannels)
    inputs = AlignedFloats(count: inputLie.floats)
    outputs = AlignedFloats(count: outputLie.floats)
  }

  /// Outputs whose weights are transformed by one worker at a time.
  private static let outputsAtOnce = 16

  func load(_ weight: Tensor, workers: Workers) {
    let groups = outputChannels / Self.outputsAtOnce
    workers.forEach(groups) { group, _ in
      transform(weight, group, isByInput: true, forwardLie, forwardWeights)
      if places.inputGradient != nil {
        transform(weight, group, isByInput: false, backwardLie, backwardWeights)
      }
    }
  }

  private func transform(
    _ weight: Tensor, _ group: Int, isByInput: Bool, _ matrices: WinogradMatrices,
    _ transformed: AlignedFloats
  ) {
    ck_winograd_weights(
      Int32(outputChannels), Int32(channels), Int32(group * Self.outputsAtOnce),
      Int32(Self.outputsAtOnce), isByInput ? 1 : 0, weight.scalars, matrices.lie, transformed.base)
  }

  func forward(_ count: Int, workers: Workers) {
    workers.forEach(count) { image, _ in
      var shape = places.input.shape.kernel
      ck_winograd_input(
        &shape, 0, Int32(tiles), places.input.image(image), inputLie.lie,
        inputs.base + image * tiles * inputLie.lie.row)
    }
    workers.forEach(WinogradMatrices.count) { position, _ in
      multiply(
        rows: count * tiles, columns: outputChannels, depth: channels,
        inputLie.matrix(position, of: inputs), forwardLie, forwardWeights, position, outputLie,
        outputs)
    }
    workers.forEach(count) { image, _ in
      var (shape, epilogueKernel) = (places.output.shape.kernel, epilogue.kernel)
      ck_winograd_output(
        &shape, 0, Int32(tiles), outputLie.lie,
        outputs.base + image * tiles * outputLie.lie.row, &epilogueKernel,
        epilogue.residualImage(image), places.output.image(image))
    }
  }

  func backward(_ count: Int, workers: Workers) -> Tensor {
    workers.forEach(count) { image, _ in
      var shape = places.output.shape.kernel
      ck_winograd_output_gradient(
        &shape, 0, Int32(tiles), places.outputGradient.image(image), outputLie.lie,
        outputs.base + image * tiles * outputLie.lie.row)
    }
    let gradient = weightGradient(count, workers: workers)
    if let inputGradient = places.inputGradient {
      leadBack(count, into: inputGradient, workers: workers)
    }
    return gradient
  }

  // (OC, C) of each position = Σ over tiles of the output's gradients × inputs
  private func weightGradient(_ count: Int, workers: Workers) -> Tensor {
    let sums = AlignedFloats(count: backwardLie.floats)
    workers.forEach(WinogradMatrices.count) { position, _ in
      let gradients = outputLie.matrix(position, of: outputs)
      multiply(
        rows: outputChannels, columns: channels, depth: count * tiles,
        ck_matrix(base: gradients.base, row: 1, column: outputLie.lie.row), inputLie, inputs,
        position, backwardLie, sums)
    }
    return Tensor(shape: weightShape) { result in
      let result = SharedBuffer(result)
      workers.forEach(outputChannels / Self.outputsAtOnce) { group, _ in
        ck_winograd_weights_gradient(
          Int32(channels), Int32(group * Self.outputsAtOnce), Int32(Self.outputsAtOnce),
          backwardLie.lie, sums.base, result.base.baseAddress)
      }
    }
  }

  private func leadBack(_ count: Int, into inputGradient: BlockedActivations, workers: Workers) {
    workers.forEach(WinogradMatrices.count) { position, _ in
      multiply(
        rows: count * tiles, columns: channels, depth: outputChannels,
        outputLie.matrix(position, of: outputs), backwardLie, backwardWeights, position, inputLie,
        inputs)
    }
    workers.forEach(count) { image, _ in
      var shape = inputGradient.shape.kernel
      inputGradient.clear(image)
      ck_winograd_input_gradient(
        &shape, 0, Int32(tiles), inputLie.lie, inputs.base + image * tiles * inputLie.lie.row,
        inputGradient.image(image))
    }
  }

  /// Matrix `position` of `products` ← a · matrix `position` of b.
  private func multiply(
    rows: Int, columns: Int, depth: Int, _ a: ck_matrix, _ lie: WinogradMatrices,
    _ b: AlignedFloats, _ position: Int, _ productsLie: WinogradMatrices,
    _ products: AlignedFloats
  ) {
    ck_product(
      Int32(rows), Int32(columns), Int32(depth), a, b.base + position * lie.lie.matrix,
      lie.lie.row, products.base + position * productsLie.lie.matrix, productsLie.lie.row, 0)
  }
}

extension WinogradMatrices {
  fileprivate func matrix(_ position: Int, of floats: AlignedFloats) -> ck_matrix {
    ck_matrix(base: floats.base + position * lie.matrix, row: lie.row, column: 1)
  }
}
