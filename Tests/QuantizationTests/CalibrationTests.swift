import Execution
import Graphs
import Quantization
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct CalibrationTests {
  static let networks = [
    tinyResNet(seed: 4).foldingBatchNorm(), tinyBottleneckResNet(seed: 5).foldingBatchNorm(),
  ]
  // They make three chunks, of which the last is shorter.
  let images = randomTensor([19, 3, 16, 16], seed: 6)

  @Test("The first site gets a grid of 8 bits, and all others one of the given width")
  func sites() {
    for network in Self.networks {
      let grids = ActivationCalibration(bitWidth: 3).grids(for: network, images: images)
      #expect(Set(grids.keys) == Set(network.sites))
      for (site, grid) in grids {
        #expect(grid.bitWidth == (site == network.sites[0] ? 8 : 3))
        #expect(grid.zeroPoint == 0, "a ReLU's output is not negative")
      }
    }
  }

  @Test("Planned widths apply to every site, also to the first one")
  func planned() {
    for network in Self.networks {
      let widths = Dictionary(
        uniqueKeysWithValues: network.sites.enumerated().map {
          ($0.element, BitWidth.all[$0.offset % 7])
        })
      let grids = ActivationCalibration(bitWidths: widths).grids(for: network, images: images)
      #expect(grids.mapValues(\.bitWidth) == widths)
    }
    let network = Self.networks[0]
    var uniform = Dictionary(
      uniqueKeysWithValues: network.sites.map { ($0, BitWidth(integerLiteral: 3)) })
    uniform["conv1"] = 8
    #expect(
      ActivationCalibration(bitWidths: uniform).grids(for: network, images: images)
        == ActivationCalibration(bitWidth: 3).grids(for: network, images: images))
  }

  @Test("Grids of all choices fit full-precision activations; a pinned site has only one")
  func choices() {
    for network in Self.networks {
      let choices = ActivationChoices(
        sites: network.siteSizes(inputSize: (16, 16)), pinned: ["conv1": 8], candidates: [6, 2])
      let grids = network.activationGrids(choices, images: images, method: .minMax)
      #expect(
        grids.map { $0.map(\.bitWidth) }
          == network.sites.map {
            $0 == "conv1" ? [8] : [2, 6]
          })
      let maxima = Mutex<[Float]>([])
      _ = network.logits(images) { _, activations in
        maxima.withLock { $0.append(activations.scalars.max() ?? 0) }
        return activations
      }
      for (grids, maximum) in zip(grids, maxima.withLock { $0 }) {
        for grid in grids { #expect(abs(grid.limits.maximum / maximum - 1) < 1e-4) }
      }
    }
  }

  @Test("Grids do not depend on the number of threads")
  func context() {
    let calibration = ActivationCalibration(bitWidth: 4, method: .mse)
    for network in Self.networks {
      #expect(
        calibration.grids(for: network, images: images)
          == calibration.grids(for: network, images: images, context: Context(threads: 4)))
    }
  }

  @Test("Each site sees activations that earlier grids have rounded")
  func order() {
    let calibration = ActivationCalibration(bitWidth: 2, method: .minMax)
    for network in Self.networks {
      let grids = calibration.grids(for: network, images: images)
      let seen = Mutex<[(site: Site, maximum: Float)]>([])
      _ = network.logits(images) { site, activations in
        seen.withLock { $0.append((site, activations.scalars.max() ?? 0)) }
        return grids[site]?.fakeQuantized(activations) ?? activations
      }
      let visits = seen.withLock { $0 }
      #expect(visits.map(\.site) == network.sites)
      for (site, maximum) in visits {
        let grid = UniformAffine.covering(
          minimum: 0, maximum: maximum, bitWidth: grids[site]?.bitWidth ?? 8)
        let found = grids[site]?.scale ?? 0
        #expect(abs(found - grid.scale) < 1e-5 * grid.scale, "\(site)")
      }
    }
  }
}
