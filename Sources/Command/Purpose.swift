import Allocation
import ArgumentParser
import Files
import MixQuantKit
import Quantization
import Reconstruction

/// The purpose of a packed file, which sets the options that serve it best.
///
/// Docs/Guide/ChoosingBits.md has the table of settings. They follow the measurements in Docs/Results.md.
enum Purpose: String, CaseIterable, ExpressibleByArgument {
  /// The smallest file within a drop of top-1.
  case size
  /// The fastest file on integer kernels.
  case speed
  /// The best accuracy at a number of bits per weight.
  case accuracy

  /// All purposes, each with a short description.
  static let choices =
    "size: the smallest file within --max-drop points of top-1; "
    + "speed: the fastest file on integer kernels; "
    + "accuracy: the best accuracy at --target-bits bits per weight."

  /// Sets `value` to the one that the purpose needs; throws if another one is given.
  fileprivate func fix<Value: ExpressibleByArgument & Equatable>(
    _ option: String, _ value: inout Value?, at needed: Value
  ) throws {
    if let value, value != needed {
      throw InputError.conflict(
        "--for \(rawValue) and \(option) \(value.defaultValueDescription)",
        "the purpose sets \(option) \(needed.defaultValueDescription)",
        try: "leave out \(option) \(value.defaultValueDescription)")
    }
    value = needed
  }

  /// Throws if one of `options` is given, which contradict the purpose for `reason`.
  fileprivate func refuse(
    _ options: [(name: String, isGiven: Bool)], because reason: String
  ) throws {
    guard let option = options.first(where: \.isGiven) else { return }
    throw InputError.conflict(
      "--for \(rawValue) and \(option.name)", "the purpose \(reason)",
      try: "leave out \(option.name)")
  }
}

extension QuantizeCommand {
  /// Sets the options that serve `purpose`.
  ///
  /// - Throws: An error for wrong usage if a given option contradicts the purpose.
  mutating func serve(_ purpose: Purpose) throws {
    switch purpose {
    case .size: try serveSize()
    case .speed: try serveSpeed()
    case .accuracy: try serveAccuracy()
    }
  }

  private mutating func serveSize() throws {
    try Purpose.size.refuse(
      [
        ("--weight-bits", main.weightBits != nil), ("--plan", main.plan != nil),
        ("--target-bits", main.targetBits != nil),
      ], because: "searches for the widths of weights")
    try Purpose.size.fix("--allocator", &allocation.allocator, at: .mixQuantWeighted)
    accuracy.maxDrop = accuracy.maxDrop ?? 1
    main.method = main.method ?? .brecq
    if main.method?.learns == true { quantization.recipe = quantization.recipe ?? .quick }
  }

  private mutating func serveSpeed() throws {
    try Purpose.speed.fix("--activation-bits", &quantization.activationBits, at: 8)
    // Integer kernels are fastest without zero points of 8-bit weights.
    guard weights.symmetry != .asymmetric else {
      throw InputError.conflict(
        "--for speed and --symmetry asymmetric", "the purpose sets symmetric grids at 8 bits",
        try: "leave out --symmetry asymmetric")
    }
    if main.plan == nil, main.targetBits == nil, accuracy.maxDrop == nil {
      main.weightBits = main.weightBits ?? 8
    }
    main.method = main.method ?? .gptq
  }

  private mutating func serveAccuracy() throws {
    try Purpose.accuracy.refuse(
      [
        ("--weight-bits", main.weightBits != nil), ("--plan", main.plan != nil),
        ("--max-drop", accuracy.maxDrop != nil),
      ], because: "plans the widths of weights within --target-bits")
    try Purpose.accuracy.fix("--allocator", &allocation.allocator, at: .mixQuantWeighted)
    try Purpose.accuracy.fix("--method", &main.method, at: .brecq)
    main.targetBits = main.targetBits ?? 4
    quantization.recipe = quantization.recipe ?? .standard
  }

  /// The purpose and the options that serve it, for the report; nil without a purpose.
  var statedPurpose: StatedPurpose? {
    guard let purpose = main.purpose else { return nil }
    let isFast = purpose == .speed
    let options: [(String, String?)] = [
      ("--max-drop", accuracy.maxDrop.map { "\($0)" }),
      ("--target-bits", main.targetBits.map { "\($0)" }),
      ("--weight-bits", main.weightBits.map { "\($0)" }),
      ("--activation-bits", isFast ? quantization.activationBits.map { "\($0)" } : nil),
      ("--symmetry", isFast ? weights.symmetry.rawValue : nil),
      ("--allocator", isFast ? nil : allocation.allocator?.rawValue),
      ("--method", main.method?.rawValue), ("--recipe", quantization.recipe?.rawValue),
    ]
    return StatedPurpose(
      name: purpose.rawValue,
      options: options.flatMap { name, value in value.map { [name, $0] } ?? [] })
  }

  /// The line on the purpose and its options, if there is a purpose.
  var purposeLines: [String] {
    statedPurpose.map { ["purpose    \($0.name): \($0.options.joined(separator: " "))"] } ?? []
  }
}
