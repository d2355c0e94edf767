import Networks
import Quantization
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct CalibrationTests {
  static let networks = [
    tinyResNet(seed: 4).foldingBatchNorm(), tinyBottleneckResNet(seed: 5).foldingBatchNorm(),
  ]
  // Three pieces of work, the last one short.
  let images = randomTensor([19, 3, 16, 16], seed: 6)

  @Test("every site gets a grid: 8 bits at the stem's output, the asked width elsewhere")
  func sites() {
    for network in Self.networks {
      let grids = ActivationCalibration(bitWidth: 3).grids(for: network, images: images)
      #expect(Set(grids.keys) == Set(network.activationSites))
      for (site, grid) in grids {
        #expect(grid.bitWidth == (site == network.stem.convolution.name ? 8 : 3))
        #expect(grid.zeroPoint == 0, "a ReLU's output is not negative")
      }
    }
  }

  @Test("the number of workers changes nothing")
  func workers() {
    let calibration = ActivationCalibration(bitWidth: 4, method: .mse)
    for network in Self.networks {
      #expect(
        calibration.grids(for: network, images: images)
          == calibration.grids(for: network, images: images, workers: Workers(4)))
    }
  }

  @Test("each site sees what the grids before it let through")
  func order() {
    let calibration = ActivationCalibration(bitWidth: 2, method: .minMax)
    for network in Self.networks {
      let grids = calibration.grids(for: network, images: images)
      let seen = Mutex<[(site: ActivationSite, maximum: Float)]>([])
      _ = network(images) { site, activations in
        seen.withLock { $0.append((site, activations.scalars.max() ?? 0)) }
        return grids[site]?.fakeQuantized(activations) ?? activations
      }
      let visits = seen.withLock { $0 }
      #expect(visits.map(\.site) == network.activationSites)
      for (site, maximum) in visits {
        let grid = UniformAffine.covering(
          minimum: 0, maximum: maximum, bitWidth: grids[site]?.bitWidth ?? 8)
        let found = grids[site]?.scale ?? 0
        #expect(abs(found - grid.scale) < 1e-5 * grid.scale, "\(site)")
      }
    }
  }
}
