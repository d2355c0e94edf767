import Execution
import Testing

@testable import Datasets

@Suite("The scenes of Shapes")
struct ShapesSceneTests {
  @Test("Pictures of one class vary in colour, and the outline stands out from its surroundings")
  func variety() {
    var means: [Double] = []
    for seed in 0..<50 as Range<UInt64> {
      var scene = Scene(.square, generator: SplitMix64(seed: seed))
      let bytes = scene.render()
      #expect(bytes.count == 32 * 32 * 3)
      means.append(bytes.map { Double($0) }.reduce(0, +) / Double(bytes.count))
    }
    #expect((means.max() ?? 0) - (means.min() ?? 0) > 60)
  }
}
