import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite("What passes through sites")
struct SiteSizeTests {
  @Test("Sites are counted as the forward pass has them", arguments: [(64, 64), (37, 50)])
  func forwardPass(height: Int, width: Int) {
    for network in [tinyResNet(seed: 1), tinyBottleneckResNet(seed: 1)] {
      let seen = Mutex<[SiteSize]>([])
      _ = network(randomTensor([2, 3, height, width], seed: 2)) { site, activations in
        seen.withLock {
          $0.append(SiteSize(site: site, elementCount: activations.scalars.count / 2))
        }
        return activations
      }
      #expect(network.siteSizes(inputSize: (height, width)) == seen.withLock { $0 })
    }
  }
}
