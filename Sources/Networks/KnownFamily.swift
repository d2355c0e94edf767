import Tensors

/// Families of networks that are not residual networks of a supported kind, recognised by names.
enum KnownFamily {
  /// Returns the family that the checkpoint seems to belong to, or nil if no name is typical.
  static func guess(_ stateDict: StateDict) -> String? {
    let names = stateDict.names.prefix(5000)
    for (family, marks) in families {
      for mark in marks where names.contains(where: { matches($0, mark) }) { return family }
    }
    // torchvision's AlexNet and VGG have the same names; their first kernels differ.
    if let first = names.first(where: { $0.hasSuffix("features.0.weight") }),
      let shape = stateDict[first]?.shape, shape.rank == 4
    {
      return shape[2] == 11 ? "AlexNet" : "VGG"
    }
    return nil
  }

  /// Returns true if `name` contains `mark`; a mark with `^` before it is the name's beginning.
  private static func matches(_ name: String, _ mark: String) -> Bool {
    mark.hasPrefix("^") ? name.hasPrefix(mark.dropFirst()) : name.contains(mark)
  }

  /// Texts in names that only one family has; the more special families come first.
  private static let families: [(name: String, marks: [String])] = [
    ("CLIP's ResNet with attention pooling", ["attnpool.", "^head.q"]),
    ("ResNeSt (split attention)", [".conv2.rsoftmax", ".conv2.fc1.", ".conv2.bn0."]),
    ("Res2Net", [".convs.0."]),
    ("SKNet (selective kernels)", [".paths.0.", ".conv2.attn."]),
    ("ECA-ResNet", [".eca.", ".se.conv.weight"]),
    ("CBAM-ResNet (spatial attention)", ["SpatialGate", ".spatial_attention", ".sa.conv"]),
    ("BoTNet (attention in blocks)", ["pos_embed.height_rel", ".mhsa.", "to_qkv."]),
    (
      "a detection network (Faster R-CNN, RetinaNet)",
      ["rpn.", "roi_heads.", "box_predictor", "bbox_"]
    ),
    ("a network of Detectron2", ["backbone.bottom_up.", "stem.conv1.norm."]),
    ("DETR", ["transformer.encoder.layers.", "query_embed"]),
    ("a segmentation network", ["aux_classifier.", "decode_head.", "aspp."]),
    ("Swin Transformer", ["relative_position_bias_table"]),
    (
      "ViT (a vision transformer)",
      [
        "cls_token", "pos_embed", "patch_embed.", "encoder_layer_0", "class_token",
        "vit.embeddings",
      ]
    ),
    (
      "a language model",
      ["word_embeddings", "embed_tokens", "self_attn.q_proj", "wte.weight", "attn.c_attn"]
    ),
    (
      "ConvNeXt",
      [
        "stages.0.blocks.0.mlp.fc1", "dwconv", "features.1.0.layer_scale", "downsample_layers.",
      ]
    ),
    (
      "EfficientNet",
      ["_depthwise_conv", "_conv_stem", "conv_pwl", "features.1.0.block.0.", "conv_dw."]
    ),
    ("DenseNet", ["denseblock1", "dense1.", "denselayer1"]),
    ("MNASNet", ["layers.8.0.layers"]),
    ("MobileNet", ["features.1.conv.0", "features.0.0.weight", "features.1.block."]),
    ("Inception or GoogLeNet", ["Mixed_5b", "inception3a", "Conv2d_1a_3x3"]),
    ("SqueezeNet", [".squeeze.weight", "expand1x1"]),
    ("ShuffleNet", ["stage2.0.branch2"]),
    ("RegNet", ["trunk_output.", "s1.b1.conv1"]),
    ("DLA", ["base_layer.0.", "level2.tree1"]),
    ("NFNet or BiT (standardised weights)", ["root.conv", ".gain", ".skipinit_gain"]),
    ("a wide ResNet for CIFAR (block1.layer)", ["block1.layer.0."]),
    ("an SENet with Cadene's names", ["layer0.conv1", ".se_module."]),
    ("DPN", ["features.conv2_1.", "c1x1_w"]),
    ("HRNet", ["fuse_layers", "transition1."]),
    ("U-Net", ["^down1.", "^up1.", "inc.double_conv", "encoder1.enc1"]),
    ("YOLO", ["model.0.conv.weight", "module_list.0.Conv2d"]),
    ("LeNet or another small network", ["^conv2.weight", "^fc3.weight"]),
  ]
}
