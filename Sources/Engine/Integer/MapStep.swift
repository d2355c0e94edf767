internal import CKernels
internal import Execution
internal import Graphs
internal import Quantization
internal import Tensors

/// Any operation computed by its plain definition, image by image, on codes and floats as plain maps.
///
/// It is the same computation as in `CodeExecutor`.
struct MapStep: IntegerStep {
  let name: String
  let kernel: String
  let multiplyAdds: Int
  private let evaluation: OperationEvaluation
  private let places: MapPlaces
  private let output: IntegerPlace

  init(
    _ operation: IntegerOperation, multiplyAdds: Int, places: MapPlaces, output: IntegerPlace
  ) {
    name = operation.name
    self.multiplyAdds = multiplyAdds
    evaluation = OperationEvaluation(operation)
    if case .float(let reason) = operation.kind {
      kernel = "float, because it \(reason.rawValue)"
    } else {
      kernel = "float kernels on codes"
    }
    self.places = places
    self.output = output
  }

  func run(_ run: IntegerRun) {
    // Workers share the images if there are enough of them, otherwise the work on each image.
    let isShared = run.count >= run.context.threads
    let (outer, inner) = isShared ? (run.context, Context.serial) : (.serial, run.context)
    outer.forEach(run.count) { image, _ in
      let value = evaluation(places.inputs(image, run), context: inner)
      places.store(value, output, image, run)
    }
  }
}

/// The steps in floating point after a layer whose kernel wrote sums.
struct TailStep: IntegerStep {
  let name: String
  let kernel = "float"
  let tail: FloatTail
  let sums: IntegerPlace
  let shape: Shape
  let places: MapPlaces
  let output: IntegerPlace

  func run(_ run: IntegerRun) {
    run.context.forEach(run.count) { image, _ in
      let value = places.value(sums, grid: nil, shape, image, run)
      places.store(places.inputs(image, run).finish(value, tail), output, image, run)
    }
  }
}

/// The places of a program's values, from which plain maps are read and to which they are written.
struct MapPlaces: Sendable {
  let graph: Graph
  let shapes: [Shape]
  let grids: [UniformAffine?]
  /// The places of the values that may be read, by node.
  let places: [Int: IntegerPlace]
  let scaling: PixelScaling?

  /// Returns the values that an operation may read for one image.
  func inputs(_ image: Int, _ run: IntegerRun) -> CodeInputs {
    CodeInputs(
      graph: graph, grids: grids,
      pixels: { color in pixels(color, image, run) },
      stored: { node in
        guard let place = node == 0 ? .images : places[node] else {
          preconditionFailure("\(graph.nodes[node].name) is not computed")
        }
        return value(place, grid: grids[node], shapes[node], image, run)
      })
  }

  /// Returns the value at `place` for one image.
  func value(
    _ place: IntegerPlace, grid: UniformAffine?, _ shape: Shape, _ image: Int, _ run: IntegerRun
  ) -> CodeValue {
    let extents = Shape([1] + shape.dimensions)
    switch place {
    case .images:
      let input = images(image, run)
      return grid.map { .codes(CodeMaps(rounding: input, to: $0)) } ?? .floats(input)
    case .sums(let sums):
      return .floats(
        Tensor(shape: extents) { maps in
          var kernel = sums.shape.kernel
          ck_planes_from_sums(&kernel, Int32(shape[0]), sums.image(image), maps.baseAddress)
        })
    case .codes(let codes):
      // A grid of scale 1 and zero point 0 gives the codes themselves.
      let floats = Tensor(shape: extents) { maps in
        var kernel = codes.shape.kernel
        ck_planes_from_codes(&kernel, Int32(shape[0]), codes.image(image), 1, 0, maps.baseAddress)
      }
      return .codes(CodeMaps(shape: shape, codes: floats.scalars.map { UInt8($0) }))
    case .logits: preconditionFailure("no step reads the logits")
    }
  }

  /// Returns one of the program's images as floats, (1, C, H, W).
  private func images(_ image: Int, _ run: IntegerRun) -> Tensor {
    let shape = shapes[0]
    switch run.images {
    case .floats(let floats): return .copying(floats + image * shape.count, shape)
    case .pixels(let pixels):
      guard let scaling else { preconditionFailure("the pixels have no scaling") }
      return PixelImages(
        count: 1, height: shape[1], width: shape[2],
        bytes: Array(UnsafeBufferPointer(start: pixels + image * shape.count, count: shape.count)),
        scaling: scaling
      ).tensor(0)
    }
  }

  /// Returns the pixels of one colour of an image, (1, 1, H, W).
  private func pixels(_ color: Int, _ image: Int, _ run: IntegerRun) -> Tensor {
    guard case .pixels(let pixels) = run.images else { preconditionFailure("the input is floats") }
    let plane = shapes[0][1] * shapes[0][2]
    let start = pixels + image * shapes[0].count + color * plane
    return Tensor(
      shape: [1, 1, shapes[0][1], shapes[0][2]],
      scalars: UnsafeBufferPointer(start: start, count: plane).map(Float.init))
  }

  /// Writes the value of one image to `place`.
  func store(_ value: CodeValue, _ place: IntegerPlace, _ image: Int, _ run: IntegerRun) {
    switch (value, place) {
    case (.codes(let maps), .codes(let codes)):
      var kernel = codes.shape.kernel
      ck_codes_from_planes(
        &kernel, Int32(maps.shape[0]), maps.codes.map(Float.init), 1, 0, 256, codes.image(image))
    case (.floats(let tensor), .sums(let sums)):
      var kernel = sums.shape.kernel
      ck_sums_from_planes(
        &kernel, Int32(sums.shape.channels), tensor.scalars, sums.image(image))
    case (.floats(let tensor), .logits):
      let count = tensor.scalars.count
      (run.logits + image * count).update(from: tensor.scalars, count: count)
    default: preconditionFailure("a value does not fit its place")
    }
  }
}
