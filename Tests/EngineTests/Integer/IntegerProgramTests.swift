import Execution
import Graphs
import Quantization
import Tensors
import TestSupport
import Testing

@testable import Engine

@Suite("Integer programs")
struct IntegerProgramTests {
  @Test(
    "The integer engine and the float engine on codes agree in every bit of every logit",
    arguments: ProgramCase.all, Widths.all)
  func engines(trial: ProgramCase, widths: Widths) throws {
    let quantized = trial.quantized(widths)
    let pixels = trial.pixels(5)
    let network = try #require(
      IntegerNetwork(quantized, inputShape: trial.inputShape, scaling: pixels.scaling))
    let logits = CodeExecutor(network)(.pixels(pixels))
    #expect(IntegerProgram(network)(.pixels(pixels)) == logits)
    #expect(IntegerProgram(network, kernels: .plain)(.pixels(pixels)) == logits)
    #expect(Set(logits.scalars).count > logits.scalars.count / 2, "the logits are degenerate")
  }

  @Test(
    "Logits depend neither on the number of threads nor on the batch", arguments: ProgramCase.all)
  func determinism(trial: ProgramCase) throws {
    let pixels = trial.pixels(33)
    let network = try #require(
      IntegerNetwork(
        trial.quantized(Widths.all[0]), inputShape: trial.inputShape, scaling: pixels.scaling))
    let program = IntegerProgram(network, context: Context(threads: 2))
    let logits = program(.pixels(pixels))
    for threads in [2, 3, 5] {
      #expect(program(.pixels(pixels), context: Context(threads: threads)) == logits)
    }
    for range in [0..<1, 3..<5, 16..<17, 10..<27] {
      for threads in 1...2 {
        let part = program(.pixels(pixels[images: range]), context: Context(threads: threads))
        #expect(part == logits[rows: range])
      }
    }
  }

  @Test("Logits do not depend on the division into stretches", arguments: ProgramCase.blocked)
  func stretches(trial: ProgramCase) throws {
    let pixels = trial.pixels(23)
    let network = try #require(
      IntegerNetwork(
        trial.quantized(Widths.all[3]), inputShape: trial.inputShape, scaling: pixels.scaling))
    #expect(network.stretches(cachedBytes: .max).map(\.imagesAtOnce) == [16])
    #expect(network.stretches(cachedBytes: 1).map(\.imagesAtOnce) == [4, 16])
    let logits = IntegerProgram(network, cachedBytes: .max)(.pixels(pixels))
    for threads in 1...2 {
      let context = Context(threads: threads)
      let program = IntegerProgram(network, cachedBytes: 1, context: context)
      #expect(program(.pixels(pixels), context: context) == logits)
    }
  }

  @Test("Images of floats pass a first layer in floating point", arguments: ProgramCase.all)
  func floats(trial: ProgramCase) throws {
    let quantized = trial.quantized(Widths.all[0])
    let pixels = trial.pixels(3)
    let onFloats = try #require(
      IntegerNetwork(quantized, inputShape: trial.inputShape, scaling: nil))
    let logits = IntegerProgram(onFloats)(.floats(pixels.tensor))
    #expect(logits == CodeExecutor(onFloats)(.floats(pixels.tensor)))
    let onPixels = try #require(
      IntegerNetwork(quantized, inputShape: trial.inputShape, scaling: pixels.scaling))
    let exact = IntegerProgram(onPixels)(.pixels(pixels)).scalars
    #expect(relativeError(logits.scalars, exact) < 0.05)
  }

  @Test(
    "The arithmetic is near fake quantization of values and far from full precision",
    arguments: ProgramCase.all)
  func values(trial: ProgramCase) throws {
    let quantized = trial.quantized(Widths.all[0])
    let pixels = trial.pixels(4)
    let network = try #require(
      IntegerNetwork(quantized, inputShape: trial.inputShape, scaling: pixels.scaling))
    let logits = IntegerProgram(network)(.pixels(pixels)).scalars
    #expect(relativeError(logits, quantized(pixels.tensor).scalars) < 0.04)
    #expect(relativeError(logits, trial.network.logits(pixels.tensor).scalars) > 1e-4)
  }

  @Test("Logits do not depend on the images of earlier runs", arguments: ProgramCase.all)
  func reuse(trial: ProgramCase) throws {
    let pixels = trial.pixels(3)
    let network = try #require(
      IntegerNetwork(
        trial.quantized(Widths.all[3]), inputShape: trial.inputShape, scaling: pixels.scaling))
    let program = IntegerProgram(network)
    let first = program(.pixels(pixels))
    _ = program(.pixels(trial.pixels(17, seed: 12)))
    #expect(program(.pixels(pixels)) == first)
  }

  @Test("A bottleneck's last convolution is computed together with the projection that it adds")
  func projections() throws {
    let trial = try #require(
      ProgramCase.blocked.first { $0.testDescription.hasPrefix("bottlenecks") })
    let network = try #require(
      IntegerNetwork(
        trial.quantized(Widths.all[0]), inputShape: trial.inputShape,
        scaling: trial.pixels(1).scaling))
    let together = IntegerProgram(network).kernels.filter { $0.kernel.contains(", with ") }
    #expect(together.map(\.name) == ["layer1.0.conv3", "layer2.0.conv3", "layer3.0.conv3"])
    #expect(together.allSatisfy { $0.kernel.hasSuffix("\($0.name.prefix(8)).downsample.0") })
  }

  @Test("A network without quantized activations has no integer arithmetic")
  func weightsOnly() {
    let trial = ProgramCase.all[0]
    var quantized = trial.quantized(Widths.all[0])
    quantized.activationGrids = [:]
    #expect(IntegerNetwork(quantized, inputShape: trial.inputShape, scaling: nil) == nil)
  }
}
