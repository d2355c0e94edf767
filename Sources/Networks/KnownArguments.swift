import Files

extension ModelArguments {
  /// The arguments that mixq does not know and that may change the network, one statement each.
  ///
  /// A statement names the place, and the value if it is short.
  package var unknown: [String] {
    keys.filter { !Self.isKnown($0) }.map { key in
      let value = self[key].map { " = \($0.printable(limit: 40))" } ?? ""
      return "\(source(of: key).printable(limit: 60))\(value): not known, so without effect"
    }
  }

  private static func isKnown(_ key: String) -> Bool {
    read.contains(key) || shown.contains(key) || harmless.contains(key)
  }

  /// The arguments that builders read.
  private static let read: Set<String> = Set(Claims.requiredValues.map(\.0)).union([
    "aa_layer", "stem_type", "avg_down", "block_args", "block_args.attn_layer", "block", "layers",
    "layer_type", "depths", "stem_kernel", "stem_stride", "stem_pool",
  ])

  /// The arguments whose effect is visible in the shapes of tensors.
  private static let shown: Set<String> = [
    "num_classes", "in_chans", "cardinality", "base_width", "stem_width", "stem_chs",
    "block_reduce_first", "down_kernel_size", "channels", "width_factor", "bottle_ratio", "basic",
    "block_args.rd_ratio", "block_args.attn_kwargs.rd_ratio", "groups", "width_per_group",
    "num_features",
  ]

  /// The arguments without an effect on inference.
  private static let harmless: Set<String> = [
    "drop_rate", "drop_path_rate", "drop_block_rate", "zero_init_last", "zero_init_residual",
    "zero_init_last_bn", "device", "dtype", "pretrained", "progress", "img_size",
  ]
}
