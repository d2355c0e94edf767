import Graphs
import Networks
import TestSupport
import Testing

@Suite("Published sizes of networks")
struct PublishedSizesTests {
  /// Parameters and 10⁹ multiply-adds at 224×224 as torchvision's model table gives them.
  static let table: [(KnownNetwork, parameters: Int, billions: Double)] = {
    let published = [
      (11_689_512, 1.814), (21_797_672, 3.664), (25_557_032, 4.089), (44_549_160, 7.801),
      (60_192_808, 11.514), (25_028_904, 4.23), (68_883_240, 11.398),
    ]
    let names = [
      "ResNet-18", "ResNet-34", "ResNet-50", "ResNet-101", "ResNet-152", "ResNeXt-50 32×4d",
      "Wide ResNet-50-2",
    ]
    return zip(names, published).compactMap { name, figures in
      KnownNetwork.imageNet.first { $0.name == name }.map { ($0, figures.0, figures.1) }
    }
  }()

  @Test("Parameters and multiply-adds are torchvision's", arguments: table)
  func published(_ known: KnownNetwork, parameters: Int, billions: Double) throws {
    let network = try buildNetwork(known.sketch.zeroStateDict()).network
    #expect(network.parameterCount == parameters)
    let sizes = network.layerSizes(inputSize: (224, 224))
    let multiplyAdds = Double(sizes.reduce(0) { $0 + $1.multiplyAdds })
    #expect(abs(multiplyAdds / 1e9 - billions) < 0.002)
  }

  @Test("CIFAR's ResNet-20 has 269,722 parameters, batch normalisation included")
  func cifar() throws {
    let network = try buildNetwork(CheckpointSketch.cifar(20).zeroStateDict()).network
    #expect(network.parameterCount == 269_722)
  }
}
