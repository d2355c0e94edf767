import Graphs
import Tensors

/// A map of activations that is easy to differentiate: 0.75 · min(x, limit), with a limit that depends on
/// the site.
enum LimitedActivations {
  static func limit(_ site: Site) -> Float { site.hasSuffix("conv1") ? 0.6 : 1.1 }

  static var map: ActivationMap {
    { site, tensor in
      Tensor(shape: tensor.shape, scalars: tensor.scalars.map { 0.75 * min($0, limit(site)) })
    }
  }

  static var gradientMap: ActivationGradientMap {
    { site, tensor, gradient in
      let scalars = zip(tensor.scalars, gradient.scalars).map { $0 < limit(site) ? 0.75 * $1 : 0 }
      return Tensor(shape: tensor.shape, scalars: scalars)
    }
  }

  static func reference(_ site: Site, _ value: Double) -> Double {
    0.75 * min(value, Double(limit(site)))
  }
}
