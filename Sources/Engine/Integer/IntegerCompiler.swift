internal import Execution
internal import Graphs
internal import Quantization
internal import Tensors

/// A compiler from the arithmetic of a network to the steps of a program, which also assigns their
/// buffers.
struct IntegerCompiler {
  private(set) var steps: [any IntegerStep] = []
  /// The number of steps up to the end of each stretch.
  private(set) var stretchEnds: [Int] = []
  private let network: IntegerNetwork
  private let stretches: [IntegerStretch]
  private let scaling: PixelScaling?
  private let kernels: IntegerKernels
  private let context: Context
  private var pool: CodePool
  private var places: [Int: IntegerPlace] = [:]

  init(
    _ network: IntegerNetwork, kernels: IntegerKernels, stretches: [IntegerStretch],
    context: Context
  ) {
    self.network = network
    self.stretches = stretches
    self.kernels = kernels
    scaling = network.scaling
    self.context = context
    pool = CodePool(images: 0)
  }

  /// Appends all steps from images to logits.
  mutating func compile() {
    let lastReads = lastReads(of: network.operations.map(\.readNodes))
    var first = 0
    for stretch in stretches {
      pool = CodePool(images: stretch.imagesAtOnce)
      if stretch.end < network.operations.count { placeResult(of: stretch) }
      for index in first..<stretch.end {
        append(network.operations[index])
        for value in lastReads[index] {
          if let place = places.removeValue(forKey: value) { pool.giveBack(place) }
        }
      }
      first = stretch.end
      stretchEnds.append(steps.count)
    }
  }

  /// Takes a buffer for the codes of all images that go from a stretch to the next.
  private mutating func placeResult(of stretch: IntegerStretch) {
    let result = network.operations[stretch.end - 1].fused.output
    places[result] = .codes(
      CodeActivations(shape(result), images: IntegerStretch.mostImages))
  }

  /// Appends an operation with the fastest steps for it, or by its plain definition.
  private mutating func append(_ operation: IntegerOperation) {
    switch operation.kind {
    case .pixels(let layer): appendPixels(layer, operation)
    case .layer(let layer) where operation.inputs[0] == 0: appendPixelCodes(layer, operation)
    case .layer(let layer): appendLayer(layer, operation)
    case .head(let layer): appendHead(layer, operation)
    case .average(let window, let average): appendAverage(average, window, operation)
    case .selection: appendSelection(operation)
    case .sum(let sum): appendSum(sum, operation)
    case .float: appendMaps(operation)
    }
  }

  private mutating func appendPixels(_ layer: PixelLayer, _ operation: IntegerOperation) {
    guard PixelConvolution.suits(layer.weights) else { return appendMaps(operation) }
    appendKernel(operation) { compiler, place in
      PixelConvolution(
        layer, name: operation.name, at: compiler.pixelPlace(operation, place),
        kernels: compiler.kernels)
    }
  }

  /// Appends the first layer on the codes of pixels.
  private mutating func appendPixelCodes(_ layer: IntegerLayer, _ operation: IntegerOperation) {
    guard let scaling, PixelConvolution.suits(layer.weights), operation.fused.residual == nil
    else { return appendMaps(operation) }
    appendKernel(operation) { compiler, place in
      PixelConvolution(
        layer, scaling: scaling, name: operation.name, at: compiler.pixelPlace(operation, place),
        kernels: compiler.kernels)
    }
  }

  private func pixelPlace(
    _ operation: IntegerOperation, _ output: IntegerPlace
  ) -> PixelConvolution.Place {
    PixelConvolution.Place(
      images: network.shapes[0], shape: shape(operation.fused.node), output: output)
  }

  private mutating func appendLayer(_ layer: IntegerLayer, _ operation: IntegerOperation) {
    guard IntegerConvolution.suits(layer), let input = codes(operation.inputs[0]) else {
      return appendMaps(operation)
    }
    let residual = operation.fused.residual.flatMap { places[$0] }
    appendKernel(operation) { compiler, place in
      compiler.convolution(
        layer, operation, input: input,
        epilogue: IntegerEpilogue(
          layer.requantization, shape: compiler.shape(operation.fused.node),
          residual: residual, output: place))
    }
  }

  /// Returns the convolution of codes with the fastest kernel that its geometry and weights allow.
  ///
  /// All kernels give the same bits.
  private func convolution(
    _ layer: IntegerLayer, _ operation: IntegerOperation, input: CodeActivations,
    epilogue: IntegerEpilogue
  ) -> any IntegerStep {
    let ordered = layer.weights.channelsLast(
      outputs: epilogue.shape.paddedChannels, inputs: input.shape.paddedChannels, context: context)
    if kernels == .fastest,
      let winograd = ExactWinogradConvolution(
        layer, ordered: ordered, name: operation.name, input: input, epilogue: epilogue,
        context: context)
    {
      return winograd
    }
    return IntegerConvolution(
      layer, ordered: ordered, name: operation.name, input: input, epilogue: epilogue,
      kernels: kernels, context: context)
  }

  private mutating func appendHead(_ layer: IntegerLayer, _ operation: IntegerOperation) {
    guard let input = codes(operation.inputs[0]) else {
      preconditionFailure("the head has no codes")
    }
    steps.append(CodeHead(layer, name: operation.name, input: input))
  }

  private mutating func appendAverage(
    _ average: AverageOfCodes, _ window: Window?, _ operation: IntegerOperation
  ) {
    guard let window, let input = codes(operation.inputs[0]) else { return appendMaps(operation) }
    appendKernel(operation) { compiler, place in
      CodeAveraging(
        name: operation.name, window: window, average: average, input: input,
        shape: compiler.shape(operation.fused.node), output: place)
    }
  }

  private mutating func appendSum(_ sum: SumOfCodes, _ operation: IntegerOperation) {
    guard let left = codes(operation.inputs[0]), let right = codes(operation.inputs[1]),
      let output = takeCodes(operation.fused.output)
    else { return appendMaps(operation) }
    steps.append(
      CodeAddition(name: operation.name, sum: sum, left: left, right: right, output: output))
  }

  private mutating func appendSelection(_ operation: IntegerOperation) {
    guard let input = codes(operation.inputs[0]),
      network.grids[operation.inputs[0]]?.zeroPoint == 0,
      let output = takeCodes(operation.fused.output)
    else { return appendMaps(operation) }
    switch network.graph.nodes[operation.fused.node].operation {
    case .maxPool(let window):
      steps.append(
        CodeMaxPooling(name: operation.name, window: window, input: input, output: output))
    case .subsample(let subsample):
      steps.append(
        CodeSubsampling(name: operation.name, subsample: subsample, input: input, output: output))
    default: preconditionFailure("\(operation.name) selects no codes")
    }
  }

  /// Appends a kernel that writes codes or sums, and the steps in floating point after it.
  private mutating func appendKernel(
    _ operation: IntegerOperation,
    _ step: (IntegerCompiler, IntegerPlace) -> any IntegerStep
  ) {
    let isLast = operation.fused.output == network.graph.nodes.count - 1
    guard isLast || !operation.tail.isEmpty else {
      let step = step(self, take(operation.fused.output))
      if let last = steps.last, let both = ProjectedConvolution(last, step) {
        steps[steps.count - 1] = both
      } else {
        steps.append(step)
      }
      return
    }
    let node = operation.fused.node
    let sums = pool.sums(shape(node))
    steps.append(step(self, sums))
    let readable = mapPlaces
    steps.append(
      TailStep(
        name: operation.name, tail: operation.tail, sums: sums, shape: network.shapes[node],
        places: readable, output: isLast ? .logits : take(operation.fused.output)))
    pool.giveBack(sums)
  }

  /// Appends an operation by its plain definition.
  private mutating func appendMaps(_ operation: IntegerOperation) {
    let isLast = operation.fused.output == network.graph.nodes.count - 1
    let readable = mapPlaces
    steps.append(
      MapStep(
        operation, multiplyAdds: network.multiplyAdds(operation), places: readable,
        output: isLast ? .logits : take(operation.fused.output)))
  }

  private var mapPlaces: MapPlaces {
    MapPlaces(
      graph: network.graph, shapes: network.shapes, grids: network.grids, places: places,
      scaling: scaling)
  }

  private func shape(_ node: Int) -> CodeShape { CodeShape(network.shapes[node]) }

  /// Returns the codes of a node's value; nil if it is not computed or is not codes.
  private func codes(_ node: Int) -> CodeActivations? {
    guard case .codes(let activations)? = places[node] else { return nil }
    return activations
  }

  /// Returns the place of a node's codes, as `take` does; nil if its value is sums.
  private mutating func takeCodes(_ node: Int) -> CodeActivations? {
    guard case .codes(let activations) = take(node) else { return nil }
    return activations
  }

  /// Returns the place of a node's value; the pool gives one if the node has none.
  private mutating func take(_ node: Int) -> IntegerPlace {
    if let known = places[node] { return known }
    let place = network.grids[node] == nil ? pool.sums(shape(node)) : pool.codes(shape(node))
    places[node] = place
    return place
  }
}
