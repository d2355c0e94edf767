import Networks

extension ModelConfiguration {
  /// Adds the keys at the top level that mixq does not know and that may change the network.
  ///
  /// They become arguments, so that the report on the architecture names them.
  static func addUnknownKeys(
    of decoder: any Decoder, to arguments: inout ModelArguments
  ) throws {
    let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    for key in keys.sorted() where !knownKeys.contains(key) && !key.hasPrefix("_") {
      arguments.add(key, ModelArguments.otherValue, from: key)
    }
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The keys that this module or Datasets read, and those without an effect on classification.
  private static let knownKeys: Set<String> = [
    // timm: the network and its labels.
    "architecture", "num_classes", "num_features", "global_pool", "aa_layer", "model_args",
    "pretrained_cfg", "label_names", "label_descriptions", "labels",
    // timm: the fields of pretrained_cfg, which older files keep at the top level.
    "url", "file", "hf_hub_id", "hf_hub_filename", "source", "tag", "custom_load", "input_size",
    "test_input_size", "min_input_size", "fixed_input_size", "interpolation", "crop_pct",
    "test_crop_pct", "crop_mode", "mean", "std", "pool_size", "test_pool_size", "first_conv",
    "classifier", "license", "description", "origin_url", "paper_name", "paper_ids", "notes",
    // Hugging Face: the network and its labels.
    "architectures", "model_type", "num_labels", "id2label", "label2id", "depths", "layer_type",
    "hidden_act", "hidden_sizes", "embedding_size", "num_channels", "output_stride",
    "downsample_in_first_stage", "downsample_in_bottleneck", "problem_type",
    // Hugging Face: other outputs, training and bookkeeping.
    "stage_names", "out_features", "out_indices", "output_attentions", "output_hidden_states",
    "return_dict", "use_return_dict", "is_encoder_decoder", "chunk_size_feed_forward",
    "torch_dtype", "dtype", "torchscript", "transformers_version", "image_size", "do_pooling",
    "finetuning_task", "initializer_range", "attn_implementation",
    // Hugging Face: image processors.
    "image_processor_type", "feature_extractor_type", "do_resize", "size", "resample",
    "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize", "image_mean",
    "image_std", "do_convert_rgb", "default_to_square", "data_format", "device",
    "input_data_format", "return_tensors", "processor_class", "do_pad", "pad_size",
    "disable_grouping",
  ]
}
