import Allocation
import ArgumentParser
import Quantization
import Studies
import Tensors

extension Allocator: ExpressibleByArgument {}
extension LayerPin: ExpressibleByArgument {
  /// Such as `layer4.*=8`.
  public init?(argument: String) { self.init(argument) }
}

/// Bit-widths separated by commas, as in `2,4,8`.
struct BitWidthList: ExpressibleByArgument {
  let widths: [BitWidth]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let widths = parts.compactMap { BitWidth(argument: String($0)) }
    guard !widths.isEmpty, widths.count == parts.count else { return nil }
    self.widths = Set(widths).sorted()
  }
}

/// Which plans are possible, and who chooses among them.
struct AllocationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who chooses the widths; mixquant if not given, mixquant-weighted with --max-drop.",
      discussion: """
        uniform, two-width, two-width-reverse and random look at no errors; mixquant (the paper's rule) \
        looks at roundoff alone; mixquant-weighted and greedy need --calibration.
        """))
  var allocator: Allocator?

  @Option(help: "Widths that layers may have, separated by commas; 2,3,4,5,6,7,8 if not given.")
  var candidates: BitWidthList?

  @Option(
    name: .customLong("pin"),
    help: "Fix the width of the layers whose name fits, as in 'layer4.*=8'; may be repeated.")
  var pins: [LayerPin] = []

  /// True if any of these flags is used.
  var areGiven: Bool { allocator != nil || candidates != nil || !pins.isEmpty }

  var widths: [BitWidth] { candidates?.widths ?? BitWidth.all }
}
