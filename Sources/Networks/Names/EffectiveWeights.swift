import Files
import Tensors

extension StateDict {
  /// Returns the weights that inference uses, if layers keep them in parts.
  ///
  /// A layer pruned by `torch.nn.utils.prune` has `weight_orig` and `weight_mask`; its weight is their
  /// product.
  ///
  /// - Throws: `badData` for other parametrisations, such as weight normalisation.
  func effectiveWeights() throws(InputError) -> (stateDict: StateDict, pruned: Int) {
    for name in names {
      // `HeadSearch` refuses DINO's last layer with a better reason: it has no classes.
      if !name.contains("last_layer."),
        let (suffix, kind) = Self.parametrizations.first(where: { name.hasSuffix($0.suffix) })
      {
        guard kind != Self.quantization else {
          throw InputError(
            .badCheckpoint, "the checkpoint does not fit", at: name,
            because: "the checkpoint is quantized already: it has \(suffix.dropFirst())",
            try: "use the floating-point checkpoint from which it was made")
        }
        throw InputError(
          .badCheckpoint, "the checkpoint does not fit", at: name,
          because: "its weights are kept as \(suffix.dropFirst()), by \(kind)",
          try: "remove the parametrisation in PyTorch and save the weights themselves")
      }
    }
    let masked = Set(
      names.filter { $0.hasSuffix("_mask") && self[Self.original(of: $0)] != nil })
    guard !masked.isEmpty else { return (self, 0) }
    var result = StateDict()
    for name in names where !masked.contains(name) {
      guard name.hasSuffix("_orig"), let mask = self["\(name.dropLast("_orig".count))_mask"],
        var tensor = self[name]
      else {
        result[name] = self[name]
        continue
      }
      guard mask.shape == tensor.shape else {
        throw InputError(
          .badCheckpoint, "the checkpoint does not fit", at: name,
          because: "its shape is \(tensor.shape), but its mask's is \(mask.shape)",
          try: "check that the file is complete")
      }
      for index in tensor.scalars.indices { tensor.scalars[index] *= mask.scalars[index] }
      result[String(name.dropLast("_orig".count))] = tensor
    }
    return (result, masked.count)
  }

  private static func original(of mask: String) -> String {
    "\(mask.dropLast("_mask".count))_orig"
  }

  private static var quantization: String { "quantization" }
  private static let parametrizations = [
    (suffix: ".weight_g", kind: "weight normalisation"),
    (suffix: ".weight_v", kind: "weight normalisation"),
    (suffix: ".weight_u", kind: "spectral normalisation"),
    (suffix: ".original0", kind: "a parametrisation of PyTorch"),
    (suffix: ".parametrizations.weight.original", kind: "a parametrisation of PyTorch"),
    (suffix: ".weight_packed", kind: quantization), (suffix: ".qweight", kind: quantization),
    (suffix: ".weight_scale", kind: quantization), (suffix: ".zero_point", kind: quantization),
    (suffix: "._packed_params", kind: quantization),
    (suffix: ".quant_state", kind: quantization),
    (suffix: ".scale_w", kind: quantization),
    (suffix: ".weight_zero_point", kind: quantization),
  ]
}
