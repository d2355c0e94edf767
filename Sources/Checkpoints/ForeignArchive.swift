internal import Files

/// A zip archive or a pickle that is not a checkpoint of PyTorch, recognised by its names.
enum ForeignArchive {
  /// Returns the error for a zip archive whose weights cannot be read, or nil if it is not known.
  static func refusal(ofEntries names: [String], at place: String) -> InputError? {
    func has(_ test: (String) -> Bool) -> Bool { names.contains(where: test) }
    let onnx = "export the model to ONNX, or save its state dict with torch.save"
    if has({ $0.hasSuffix("archive_format") || $0.hasSuffix("models/model.json") })
      || has({ $0.hasSuffix("serialized_exported_program.json") })
    {
      return .unreadable(
        place, because: "it is a program of torch.export (.pt2)", try: onnx)
    }
    if has({ $0.hasSuffix("model.weights.h5") }) {
      return .unreadable(place, because: "it is a Keras model (.keras)", try: onnx)
    }
    if has({ $0.hasSuffix(".npy") }) {
      return .unreadable(place, because: "it is an archive of NumPy arrays (.npz)", try: onnx)
    }
    if let file = names.first(where: {
      [".pth", ".pt", ".safetensors", ".bin"].contains(where: $0.hasSuffix)
    }) {
      return .unreadable(
        place, because: "it is a zip archive that contains the file '\(file.prefix(100))'",
        try: "unpack it and give that file")
    }
    return nil
  }

  /// Returns the error for a pickle that torch.save did not write.
  static func refusal(of pickle: Pickle, at place: String) -> InputError {
    let names = pickle.members(of: pickle.root)?.map(\.name) ?? []
    func has(_ name: String) -> Bool { names.contains(name) }
    let inner =
      pickle.members(of: pickle.root)?.first { $0.name == "model" }
      .flatMap { pickle.members(of: $0.value) }?.map(\.name) ?? names
    if has("blobs") || names.contains(where: { $0.hasSuffix("_branch2a_w") }) {
      return .unreadable(
        place, because: "it is a pickle of Caffe2's blobs",
        try: "convert it with Detectron2 or Detectron and save a PyTorch state dict")
    }
    if has("matching_heuristics") || has("__author__")
      || inner.contains(where: { $0.contains("stem.conv1.norm.") || $0.hasPrefix("res2.0.") })
    {
      return .unreadable(
        place, because: "it is a pickle of Detectron2 with NumPy arrays",
        try: "load it in Detectron2 and save a state dict with torchvision's names by torch.save")
    }
    return .unreadable(
      place,
      because: "it is a pickle that torch.save did not write: its magic number is missing",
      try: "save model.state_dict() with torch.save")
  }
}
