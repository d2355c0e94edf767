internal import Execution
internal import Graphs
internal import Tensors

/// The values of a node for several images, in one of the forms that a program uses.
enum Activations: Sendable {
  /// The program's own images, (C, H, W) each.
  case images(Shape)
  case blocked(BlockedActivations)
  case plain(PlainActivations)
  /// The program's output.
  case logits
}

/// The activations of several images as plain maps (C, H, W).
///
/// Programs use them if the number of channels is not a multiple of 16.
final class PlainActivations: Sendable {
  let shape: Shape
  private let floats: FloatBuffer

  init(shape: Shape, images: Int) {
    self.shape = shape
    floats = FloatBuffer(count: shape.count * images)
  }

  func image(_ index: Int) -> UnsafeMutablePointer<Float> { floats.base + index * shape.count }
}

/// Any operation computed by its plain definition, image by image.
///
/// A sum, a ReLU and rounding may follow it.
struct PlainStep: ProgramStep {
  let name: String
  let operation: Operation
  let inputs: [Activations]
  let residual: Activations?
  let hasReLU: Bool
  let rounding: GridParameters?
  let output: Activations

  func run(_ run: ProgramRun) {
    // Workers share the images if there are enough of them, otherwise the work on each image.
    let isShared = run.count >= run.context.threads
    let (outer, inner) = isShared ? (run.context, Context.serial) : (.serial, run.context)
    outer.forEach(run.count) { image, _ in
      let result = result(image, run, context: inner)
      output.store(result, image, run)
    }
  }

  private func result(_ image: Int, _ run: ProgramRun, context: Context) -> Tensor {
    let inputs = inputs.map { $0.tensor(image, run) }
    var result = operation.forward(inputs, context: context)
    if let residual { result.add(residual.tensor(image, run)) }
    if hasReLU { result.relu() }
    if let rounding {
      result.fakeQuantize(
        scale: rounding.scale, zeroPoint: rounding.zeroPoint, levels: rounding.levels)
    }
    return result
  }
}

extension Activations {
  /// Returns the maps of one image, (1, C, H, W).
  fileprivate func tensor(_ image: Int, _ run: ProgramRun) -> Tensor {
    switch self {
    case .images(let shape): .copying(run.images + image * shape.count, shape)
    case .plain(let plain): .copying(plain.image(image), plain.shape)
    case .blocked(let blocked): blocked.tensor(image)
    case .logits: preconditionFailure("no step reads the logits")
    }
  }

  fileprivate func store(_ tensor: Tensor, _ image: Int, _ run: ProgramRun) {
    switch self {
    case .images: preconditionFailure("no step writes the images")
    case .plain(let plain):
      plain.image(image).update(from: tensor.scalars, count: tensor.scalars.count)
    case .blocked(let blocked): blocked.store(tensor, image)
    case .logits:
      (run.logits + image * tensor.scalars.count).update(
        from: tensor.scalars, count: tensor.scalars.count)
    }
  }
}

extension Tensor {
  /// Returns a copy of the maps at `base`, (1, C, H, W).
  static func copying(_ base: UnsafePointer<Float>, _ shape: Shape) -> Tensor {
    Tensor(shape: Shape([1] + shape.dimensions)) { buffer in
      _ = buffer.initialize(from: UnsafeBufferPointer(start: base, count: shape.count))
    }
  }
}
