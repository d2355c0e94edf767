import Datasets
import MixQuant
import Pipeline
import Quantization
import Tensors
import Testing

@Suite("Calibrated planners")
struct CalibratedPlannersTests {
  @Test("A table is measured once for each set of images, and plans are the planner's own")
  func measuredOnce() throws {
    try withFolder { folder in
      let pool = try shapes(20, seed: 1, in: folder)
      let sets = try (0..<2).map {
        try CalibrationSet(drawing: 8, from: pool, seed: $0, transform: .cifar)
      }
      let planner = Planner(
        try CheckpointModel.shapes(), candidates: [2, 4], quantizer: .mixQuantPaper, workers: .one)
      let planners = CalibratedPlanners(planner, workers: Workers(2))
      var measurements = 0
      for images in sets + sets {
        for budget in [BitBudget.averageBits(2.5), .averageBits(3)] {
          let plan = try planners(.greedy, budget: budget, images: images) { _, share in
            measurements += share == 1 ? 1 : 0
          }
          let own = try planner.measuring([.outputNoise], on: images, workers: .one)
          #expect(try plan == own(.greedy, budget: budget))
        }
      }
      #expect(measurements == 2)
      #expect(
        try planners(.random, budget: .averageBits(3), seed: 4, images: sets[0])
          == planner(.random, budget: .averageBits(3), seed: 4))
    }
  }
}
