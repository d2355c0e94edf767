import Execution
import Graphs
import Networks
import Quantization
import Tensors
import TestSupport
import Testing

@testable import Engine

@Suite("The arithmetic of a quantized network")
struct IntegerNetworkTests {
  private static let grid = UniformAffine(scale: 0.5, zeroPoint: 0, bitWidth: 8)
  private static let scaling = PixelScaling(mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25])

  /// A network of one block with a projection, with grids of scale 0.5 at its sites.
  private func network(
    grids: [Site: UniformAffine] = ["conv1": grid, "a.conv1": grid, "a": grid],
    biases: BiasForm = .float
  ) throws -> IntegerNetwork {
    var graph = GraphBuilder()
    var node = graph.append("conv1", .convolution(randomConvolution([16, 3, 3, 3], seed: 1)), 0)
    let input = graph.append("conv1", .relu, node)
    graph.endUnit("conv1")
    node = graph.appendBranch(
      [
        ("a.conv1", randomConvolution([32, 16, 3, 3], stride: 2, seed: 2)),
        ("a.conv2", randomConvolution([32, 32, 3, 3], seed: 3)),
      ], input: input)
    let shortcut = graph.append(
      "a.down", .convolution(randomConvolution([32, 16, 1, 1], stride: 2, seed: 4)), input)
    graph.append("a", .relu, graph.append("a.add", .add, node, shortcut))
    graph.endUnit("a")
    let built = graph.withLinearLayer(32, named: "block")
    var quantized = QuantizedNetwork.quantizing(
      built, plan: .uniform(8, network: built), quantizer: .brecq)
    quantized.activationGrids = grids
    quantized.biases = biases
    return try #require(
      IntegerNetwork(
        quantized, inputShape: [3, 12, 12],
        scaling: Self.scaling))
  }

  private func layer(_ name: String, of network: IntegerNetwork) throws -> IntegerLayer {
    let operation = try #require(network.operations.first { $0.name == name })
    guard case .layer(let layer) = operation.kind else {
      throw TestFailure("\(name) is \(operation.kind)")
    }
    return layer
  }

  @Test("The first layer reads pixels, the last one sums of codes, and all others codes")
  func kinds() throws {
    let kinds = try network().operations.map { operation -> String in
      switch operation.kind {
      case .pixels: "\(operation.name) pixels"
      case .layer: "\(operation.name) layer"
      case .head: "\(operation.name) head"
      default: "\(operation.name) other"
      }
    }
    #expect(
      kinds == ["conv1 pixels", "a.conv1 layer", "a.down layer", "a.conv2 layer", "fc head"])
  }

  @Test("A projection gives floats in the unit of its sum, and the sum adds both biases")
  func projection() throws {
    let network = try network()
    let (branch, shortcut) = (
      try layer("a.conv2", of: network), try layer("a.down", of: network)
    )
    #expect(branch.requantization.residual == .sums)
    #expect(branch.requantization.codes?.low == 0)
    #expect(shortcut.requantization.codes == nil)
    #expect(shortcut.requantization.bias == nil)
    let layers = network.graph.layers
    let biases = ["a.conv2", "a.down"].map { name in
      layers.first { $0.name == name }?.bias ?? []
    }
    let expected = zip(biases[0], biases[1]).map { Float((Double($0) + Double($1)) / 0.5) }
    #expect(branch.requantization.bias == expected)
  }

  @Test("With grids at sums and integer biases, the arithmetic is that of other runtimes")
  func sites() throws {
    let wide = UniformAffine(scale: 0.25, zeroPoint: 100, bitWidth: 8)
    let network = try network(
      grids: [
        "conv1": Self.grid, "a.conv1": Self.grid, "a": Self.grid, "a.conv2": wide, "a.down": wide,
        "input": wide,
      ], biases: .integer)
    let branch = try layer("a.conv2", of: network)
    #expect(branch.requantization.codes == CodeRange(wide, relu: false))
    #expect(branch.requantization.bias == nil)
    let scale = 0.5 * Double(try scales("a.conv2", of: network)[3])
    let bias = Double(network.graph.layers.first { $0.name == "a.conv2" }?.bias?[3] ?? 0)
    let integer = Int32((bias / scale).rounded(.toNearestOrEven))
    #expect(branch.requantization.integerBias?[3] == integer)
    let sum = try #require(network.operations.first { $0.name == "a.add" })
    guard case .sum(let sumOfCodes) = sum.kind else { throw TestFailure("\(sum.kind)") }
    #expect(sumOfCodes.multipliers == (0.5, 0.5))
    #expect(sumOfCodes.zeroPoints == (100, 100))
  }

  @Test(
    "Engines agree with grids at the input, at sums or at both, for both forms of biases",
    arguments: [
      [], ["input"], ["a.conv2", "a.down"], ["a.conv2"], ["input", "a.conv2", "a.down"],
    ],
    [BiasForm.float, .integer])
  func engines(extra: [String], biases: BiasForm) throws {
    var grids: [Site: UniformAffine] = ["conv1": Self.grid, "a.conv1": Self.grid, "a": Self.grid]
    for name in extra { grids[name] = UniformAffine(scale: 0.25, zeroPoint: 100, bitWidth: 8) }
    let network = try network(grids: grids, biases: biases)
    let pixels = NetworkInput.pixels(
      .random(3, height: 12, width: 12, scaling: Self.scaling, seed: 7))
    let expected = CodeExecutor(network)(pixels)
    #expect(IntegerProgram(network, kernels: .plain)(pixels) == expected)
    #expect(IntegerProgram(network)(pixels) == expected)
  }

  private func scales(_ name: String, of network: IntegerNetwork) throws -> [Float] {
    let weights = WeightQuantizer.brecq.quantize(
      try #require(original(name)), bitWidth: 8)
    return weights.grids.map(\.scale)
  }

  private func original(_ name: String) -> Tensor? {
    name == "a.conv2" ? randomConvolution([32, 32, 3, 3], seed: 3).weight : nil
  }

  @Test("The bias of a first layer on pixels contains the means of the taps inside the image")
  func pixelBias() throws {
    let network = try network()
    guard case .pixels(let layer) = network.operations[0].kind else {
      throw TestFailure("no pixels")
    }
    let convolution = try #require(network.graph.layers.first).convolution
    let (height, width) = (12, 12)
    for (y, x) in [(0, 0), (0, 5), (5, 11), (11, 11), (6, 6)] {
      // x = (p / 255 − 0.5) / 0.25 is −2 for p = 0.
      for output in [0, 7, 15] {
        var sum = 0.0
        for (index, weight) in convolution.weight[rows: output..<output + 1].scalars.enumerated() {
          let (ky, kx) = (index / 3 % 3, index % 3)
          let isInside =
            (0..<height).contains(y + ky - 1) && (0..<width).contains(x + kx - 1)
          if isInside { sum += -2 * Double(weight) }
        }
        let expected = (sum + Double(convolution.bias?[output] ?? 0)) / 0.5
        #expect(abs(Double(layer.bias(y, x)[output]) - expected) < 1e-5)
      }
    }
  }
}

@Suite("Exact sums by float kernels")
struct ExactSumsTests {
  @Test("Sums of extreme integers are exact, in two parts if one part could round")
  func extremes() {
    let codes = QuantizedTensor(
      shape: [2, 40, 3, 3], codes: [UInt8](repeating: 255, count: 720),
      grids: [UniformAffine(scale: 1, zeroPoint: 0, bitWidth: 8)], granularity: .perTensor)
    let weights = IntegerWeights(codes, geometry: ConvolutionGeometry())
    let halfSum = 360 * 255
    #expect(weights.halfSums == [halfSum, halfSum])
    let sums = ExactSums(weights, largestInput: 255)
    #expect(sums.partCount == 2)
    let input = Tensor(shape: [1, 40, 3, 3], scalars: [Float](repeating: 255, count: 360))
    let expected = Int32(360 * 255 * 255)
    #expect(sums(input, context: .serial).sums == [expected, expected])
  }

  @Test("A half sum is the larger sum of the positive or of the negative weights")
  func halfSums() {
    let codes = QuantizedTensor(
      shape: [2, 1, 1, 3], codes: [0, 3, 1, 3, 3, 0],
      grids: [UniformAffine(scale: 1, zeroPoint: 2, bitWidth: 2)], granularity: .perTensor)
    let weights = IntegerWeights(codes, geometry: ConvolutionGeometry())
    #expect(weights.values == [-2, 1, -1, 1, 1, -2])
    #expect(weights.largestMagnitude == 2)
    #expect(weights.halfSums == [3, 2])
  }
}

@Suite("Requantization")
struct RequantizationTests {
  private let range = CodeRange(UniformAffine(scale: 1, zeroPoint: 0, bitWidth: 4), relu: true)

  @Test("Ties go to even codes, and codes stay in their range")
  func ties() {
    let numbers = Requantization(multipliers: [0.5], codes: range)
    let sums: [Int32] = [-9, 1, 3, 5, 29, 31, 90]
    let value = numbers((sums, [1, 1, 7]), residual: nil)
    let expected = CodeMaps(shape: [1, 1, 7], codes: [0, 0, 2, 2, 14, 15, 15])
    #expect(value == CodeValue.codes(expected))
  }

  @Test("Integer bias, bias and residual codes are added in this order")
  func order() {
    let residual = CodeMaps(shape: [1, 1, 2], codes: [4, 7])
    let numbers = Requantization(
      integerBias: [3], multipliers: [0.25], bias: [1],
      residual: .codes(zeroPoint: 4, multiplier: 2), codes: range)
    let sums: [Int32] = [1, 1]
    let value = numbers((sums, [1, 1, 2]), residual: .codes(residual))
    let expected = CodeMaps(shape: [1, 1, 2], codes: [2, 8])
    #expect(value == CodeValue.codes(expected))
  }
}
