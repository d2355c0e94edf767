internal import Tensors

/// How many activations pass through a site.
package struct SiteSize: Equatable, Sendable {
  package let site: ActivationSite
  /// Of one image.
  package let elementCount: Int

  package init(site: ActivationSite, elementCount: Int) {
    self.site = site
    self.elementCount = elementCount
  }
}

extension ResNet {
  /// The size of every site, in network order, for images of `inputSize` pixels.
  package func siteSizes(inputSize: (height: Int, width: Int)) -> [SiteSize] {
    let sizes = layerSizes(inputSize: inputSize)
    return zip(activationSites, siteLayers).map { site, layer in
      SiteSize(site: site, elementCount: sizes[layer].outputShape.count)
    }
  }

  /// The numbers in `layers` of the convolutions right before the sites of `activationSites`: for a
  /// block's own site, the last of its branch.
  package var siteLayers: [Int] {
    var numbers = [0]
    var first = 1
    for block in blocks {
      numbers += first..<first + block.branch.count
      first += block.layers.count
    }
    return numbers
  }
}
