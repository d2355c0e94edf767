package import MixQuant
package import Execution
package import Graphs
package import Quantization
package import Tensors

/// Error tables of activations, with one row per site.
///
/// Each site is rounded alone, on the grids for its full-precision activations, at its possible
/// widths. The error at other widths is infinite.
extension ErrorTable {
  /// Returns the KL divergence that rounding one site is expected to add to the network's output.
  ///
  /// It is ½·E⟨∇, δ⟩² in nats per image, as in `weightedErrors`. δ is the rounding error of an
  /// image's activations, and ∇ is the gradient with respect to them.
  ///
  /// - Parameters:
  ///   - network: The network, folded and in full precision.
  ///   - images: The images for the ranges and the mean, (N, 3, H, W).
  ///   - recipe: The settings of the sketches: their number and their seed.
  package static func activationDivergence(
    of network: Graph, choices: ActivationChoices, images: Tensor,
    recipe: SensitivityRecipe = SensitivityRecipe(), context: Context = .serial
  ) -> ErrorTable {
    let grids = network.activationGrids(choices, images: images, context: context)
    let forms = network.activationForms(
      of: grids.map { $0.map { grid in { grid.fakeQuantized($0) } } }, images: images,
      sketch: FisherSketch(seed: recipe.seed), samples: recipe.samples, context: context)
    let values = zip(grids, forms).map { grids, forms in
      row(zip(grids, forms).map { ($0.bitWidth, $1) })
    }
    return ErrorTable(
      model: network.name, quantity: .divergence, layers: [], sites: choices.sites,
      values: values)
  }

  /// Returns the ratio of noise to signal in the logits, as `outputNoise` does for weights.
  ///
  /// - Parameters:
  ///   - network: The network, folded and in full precision.
  ///   - images: The images for the ranges and the mean, (N, 3, H, W).
  ///   - progress: Receives the share of the work that is done.
  package static func activationNoise(
    of network: Graph, choices: ActivationChoices, images: Tensor, context: Context = .serial,
    progress: (Double) -> Void = { _ in }
  ) -> ErrorTable {
    let grids = network.activationGrids(choices, images: images, context: context)
    var values: [[Double]] = []
    network.forEachUnit(images: images, context: context) { unit, rest, noise in
      for site in unit.sites {
        let errors = grids[values.count].map { grid in
          let error = noise { rest.logits($0) { $0 == site ? grid.fakeQuantized($1) : $1 } }
          return (grid.bitWidth, error)
        }
        values.append(row(errors))
        progress(Double(values.count) / Double(grids.count))
      }
    }
    return ErrorTable(
      model: network.name, quantity: .outputNoise, layers: [], sites: choices.sites,
      values: values)
  }

  /// Returns the table that only lists the sites, for allocators that need no errors.
  package static func unmeasured(model: String, sites: [SiteSize]) -> ErrorTable {
    ErrorTable(
      model: model, quantity: .unmeasured, layers: [], sites: sites,
      values: sites.map { _ in row([]) })
  }

  /// Returns the errors at 2...8 bits, with infinity at the widths that are not in `measured`.
  private static func row(_ measured: [(bitWidth: BitWidth, error: Double)]) -> [Double] {
    BitWidth.all.map { bitWidth in
      measured.first { $0.bitWidth == bitWidth }?.error ?? .infinity
    }
  }
}
