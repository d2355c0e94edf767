import Files
import Graphs
import Quantization
import Foundation

extension PackedModel {
  /// The grids of weights and activations as a JSON file of AIMET's encodings, version 1.0.0.
  ///
  /// Weights have the checkpoint's names, and activations those of the packed network. A value is
  /// (code + offset) · scale with codes from 0, so an offset is the negative zero point.
  package var encodings: String {
    let weights = zip(network.network.layers, network.weights).map { layer, weights in
      Encoding(
        name: "\(moduleNames[layer.name] ?? layer.name).weight", grids: weights.grids,
        granularity: weights.granularity)
    }
    let activations = network.network.sites.compactMap { site in
      network.activationGrids[site].map { grid in
        Encoding(name: site, grids: [grid], granularity: .perTensor)
      }
    }
    return json(
      Encodings(
        version: "1.0.0", producer: "mixq \(provenance.build.version)",
        activation_encodings: activations, param_encodings: weights, excluded_layers: []),
      isPretty: true)
  }

  private var moduleNames: [String: String] {
    Dictionary(
      checkpoint.modules.map { ($0.node, $0.name) }, uniquingKeysWith: { first, _ in first })
  }
}

/// The content of the file.
private struct Encodings: Encodable {
  let version: String
  let producer: String
  let activation_encodings: [Encoding]
  let param_encodings: [Encoding]
  let excluded_layers: [String]
}

/// The grids of one tensor.
private struct Encoding: Encodable {
  let name: String
  let dtype = "INT"
  let enc_type: String
  let bw: Int
  let is_sym: Bool
  let scale: [Float]
  let offset: [Int]

  init(name: String, grids: [UniformAffine], granularity: Granularity) {
    self.name = name
    enc_type = granularity == .perTensor ? "PER_TENSOR" : "PER_CHANNEL"
    let bitWidth = grids[0].bitWidth
    bw = bitWidth.bits
    is_sym = grids.allSatisfy { $0.zeroPoint == bitWidth.levels / 2 }
    scale = grids.map(\.scale)
    offset = grids.map { -$0.zeroPoint }
  }
}
