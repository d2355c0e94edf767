import Allocation
import ArgumentParser
import Quantization
import Studies

extension Allocator: ExpressibleByArgument {}
extension LayerPin: ExpressibleByArgument {
  /// Reads a pin such as `layer4.*=8`.
  public init?(argument: String) { self.init(argument) }
}

/// Bit-widths separated by commas, such as `2,4,8`.
struct BitWidthList: ExpressibleByArgument {
  let widths: [BitWidth]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let widths = parts.compactMap { BitWidth(argument: String($0)) }
    guard !widths.isEmpty, widths.count == parts.count else { return nil }
    self.widths = Set(widths).sorted()
  }
}

/// The options of the choice of bit-widths.
struct AllocationArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The allocator that chooses the widths; by default mixquant, or mixquant-weighted with --max-drop.",
      discussion: """
        uniform, two-width, two-width-reverse and random use no errors. mixquant (the paper's rule) \
        uses roundoff errors only. mixquant-weighted and greedy need --calibration.
        """, valueName: "allocator"))
  var allocator: Allocator?

  @Option(
    help: ArgumentHelp(
      "The possible widths of layers, 2 to 8 bits, separated by commas; by default all.",
      valueName: "bits,..."))
  var candidates: BitWidthList?

  @Option(
    name: .customLong("pin"),
    help: ArgumentHelp(
      "Fix the width of layers with a matching name, such as 'layer4.*=8'; may be repeated.",
      valueName: "pattern=bits"))
  var pins: [LayerPin] = []

  /// True if any of these flags is given.
  var areGiven: Bool { allocator != nil || candidates != nil || !pins.isEmpty }

  var widths: [BitWidth] { candidates?.widths ?? BitWidth.all }
}
