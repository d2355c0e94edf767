package import Execution
package import Networks
package import Quantization
package import Tensors

/// Errors of activations: a row a site, rounded alone to the grids that its full-precision activations ask
/// for, at the widths that it may have; infinite at the others.
extension ErrorTable {
  /// The increase of the network's KL divergence, in nats an image, that rounding is expected to cost:
  /// ½·E⟨∇, δ⟩² with δ the rounding error of an image's activations and ∇ the gradient there, in the unit
  /// of `weightedErrors`.
  /// - Parameters:
  ///   - network: folded, in full precision.
  ///   - images: (N, 3, H, W), for the ranges and for the mean.
  ///   - recipe: whose sketches and seed count.
  package static func activationDivergence(
    of network: ResNet, choices: ActivationChoices, images: Tensor,
    recipe: SensitivityRecipe = SensitivityRecipe(), workers: Workers = .one
  ) -> ErrorTable {
    let grids = network.activationGrids(choices, images: images, workers: workers)
    let forms = network.activationForms(
      of: grids.map { $0.map { grid in { grid.fakeQuantized($0) } } }, images: images,
      sketch: FisherSketch(seed: recipe.seed), samples: recipe.samples, workers: workers)
    let values = zip(grids, forms).map { grids, forms in
      row(zip(grids, forms).map { ($0.bitWidth, $1) })
    }
    return ErrorTable(
      model: network.architecture, quantity: .divergence, layers: [], sites: choices.sites,
      values: values)
  }

  /// The noise over the signal in the logits, as `outputNoise` has it for weights.
  /// - Parameters:
  ///   - network: folded, in full precision.
  ///   - images: (N, 3, H, W), for the ranges and for the mean.
  ///   - progress: gets the share that is done.
  package static func activationNoise(
    of network: ResNet, choices: ActivationChoices, images: Tensor, workers: Workers = .one,
    progress: (Double) -> Void = { _ in }
  ) -> ErrorTable {
    let grids = network.activationGrids(choices, images: images, workers: workers)
    let stages = network.stages
    var features = images.chunks(of: imagesPerChunk)
    let signal = workers.map(features.count) { [features] in network(features[$0]) }
    var values: [[Double]] = []
    for (depth, stage) in stages.enumerated() {
      for site in stage.activationSites {
        let errors = grids[values.count].map { grid in
          let noisy = workers.map(features.count) { [features] piece in
            let rounded = stage(features[piece]) { $0 == site ? grid.fakeQuantized($1) : $1 }
            return stages[(depth + 1)...].reduce(rounded) { $1($0) }
          }
          return (grid.bitWidth, noiseToSignal(signal: signal, noisy: noisy))
        }
        values.append(row(errors))
        progress(Double(values.count) / Double(grids.count))
      }
      features = workers.map(features.count) { [features] in stage(features[$0]) }
    }
    return ErrorTable(
      model: network.architecture, quantity: .outputNoise, layers: [], sites: choices.sites,
      values: values)
  }

  /// The table that says which sites there are, for allocators that look at no errors.
  package static func unmeasured(model: String, sites: [SiteSize]) -> ErrorTable {
    ErrorTable(
      model: model, quantity: .unmeasured, layers: [], sites: sites,
      values: sites.map { _ in row([]) })
  }

  /// The errors at 2...8 bits where `measured` has some of them.
  private static func row(_ measured: [(bitWidth: BitWidth, error: Double)]) -> [Double] {
    BitWidth.all.map { bitWidth in
      measured.first { $0.bitWidth == bitWidth }?.error ?? .infinity
    }
  }
}
