import Tensors
package import Checkpoints
package import Files
package import Foundation
package import Networks

extension ArchitectureOptions {
  /// Adds the facts that a checkpoint states about its network: its modules, architecture and arguments.
  ///
  /// Options that are already set have priority.
  package mutating func add(_ file: CheckpointFile) {
    modules = file.modules
    architecture = architecture ?? file.architecture
    bnEpsilon = bnEpsilon ?? file.facts["args.bn_eps"].flatMap(Double.init)
    for (key, value) in file.facts.sorted(by: { $0.key < $1.key }) {
      for prefix in ["args.model_kwargs.", "model_args.", "model_kwargs."]
      where key.hasPrefix(prefix) {
        arguments.add(String(key.dropFirst(prefix.count)), value, from: key)
      }
    }
    if let pool = file.facts["args.gp"] { arguments.add("global_pool", pool, from: "args.gp") }
    if let style = file.facts["meta.style"], style == "caffe" { strideIn1x1 = strideIn1x1 ?? true }
  }

  /// Throws `usage` if a flag is about a property that the modules in the file state.
  package func requireUnstated(by file: CheckpointFile, at url: URL) throws(InputError) {
    guard file.modules.contains(where: { $0.module.attributes["stride"] != nil }) else { return }
    let flags = [
      ("--stem-stride", stemStride != nil), ("--stem-padding", stemPadding != nil),
      ("--stem-pool", hasStemPooling != nil), ("--stride-in-1x1", strideIn1x1 != nil),
    ]
    guard let flag = flags.first(where: \.1) else { return }
    throw InputError(
      .unusedOption, "cannot use \(flag.0)", at: url.path,
      because: "the file holds the whole network, whose modules state their strides and padding",
      try: "leave out \(flag.0)")
  }
}

extension CheckpointFile {
  /// The name of the architecture that a training script recorded, if any.
  package var architecture: String? {
    let keys = ["arch", "args.arch", "args.model", "args.model_name", "model_name", "config.arch"]
    let inner = ["hyper_parameters", "hparams", "config", "opt", "cfg"].flatMap { container in
      ["arch", "model", "model_name", "backbone", "architecture", "encoder"].map {
        "\(container).\($0)"
      }
    }
    return (keys + inner).lazy.compactMap { facts[$0] }.first { $0.contains("res") }
  }

  /// The top-1 accuracy in percent that a training script recorded, and its key.
  package var recordedTop1: (percent: Double, key: String)? {
    for key in ["best_acc1", "best_prec1", "best_top1", "best_acc", "best_accuracy", "acc1", "acc"]
    {
      guard let number = facts[key].flatMap(Double.init), number > 0, number <= 100 else {
        continue
      }
      return (number <= 1 ? number * 100 : number, key)
    }
    return nil
  }
}
