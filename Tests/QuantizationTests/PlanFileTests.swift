import Files
import Foundation
import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct PlanFileTests {
  let network = tinyResNet(seed: 1)

  private func read(_ text: String) throws -> BitPlan {
    try BitPlan(json: Data(text.utf8), network: network, at: "plan.json")
  }

  private var text: String { BitPlan.uniform(3, network: network).json }

  private func reason(_ text: String) -> String {
    let error = #expect(throws: InputError.self) { try read(text) }
    return error?.reason ?? ""
  }

  @Test("A plan file has a short head and one line per layer")
  func layout() {
    let lines = text.split(separator: "\n")
    #expect(lines.count == 6 + network.layers.count + 2)
    #expect(
      lines.prefix(7) == [
        "{", #"  "format": "mixq-plan","#, #"  "version": 1,"#,
        "  \"model\": \"\(network.name)\",", #"  "rule": "uniform","#, #"  "layers": ["#,
        #"    {"layer": "conv1", "bits": 8, "weights": 216},"#,
      ])
  }

  @Test("A written plan is read back, also after edits and in another order of layers")
  func roundTrip() throws {
    let plan = BitPlan.everyWidth(network)
    #expect(try read(plan.json) == plan)

    var edited = BitPlan.uniform(3, network: network)
    edited.bitWidths[1] = 5
    let name = edited.layers[1].name
    let line = #"{"layer": "\#(name)", "bits": 3"#
    let changed = text.replacingOccurrences(
      of: line, with: line.replacingOccurrences(of: "3", with: "5"))
    #expect(try read(changed) == edited)

    let lines = text.components(separatedBy: "\n")
    let swapped = lines.prefix(6) + [lines[7], lines[6]] + lines.dropFirst(8)
    #expect(try read(swapped.joined(separator: "\n")) == read(text))
  }

  /// The plan `text` with activations at 2, 3, … bits.
  private var planWithActivations: BitPlan {
    var plan = BitPlan.uniform(3, network: network)
    plan.activations = network.siteSizes(inputSize: (32, 32)).enumerated().map { index, size in
      PlannedActivations(
        site: size.site, elementCount: size.elementCount, bitWidth: BitWidth.all[index % 7])
    }
    return plan
  }

  @Test("Planned activations are a second list, which is otherwise absent")
  func activations() throws {
    let plan = planWithActivations
    #expect(try read(plan.json) == plan)
    let lines = plan.json.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex(of: #"  "activations": ["#))
    #expect(lines[start - 1] == "  ],")
    #expect(lines[start + 1] == #"    {"site": "conv1", "bits": 2, "elements": 8192},"#)
    #expect(lines.prefix(start - 1) == text.components(separatedBy: "\n").prefix(start - 1))
    #expect(lines.count == text.components(separatedBy: "\n").count + plan.activations.count + 2)
    #expect(!text.contains("activations"))
  }

  @Test("Every flaw in the list of activations is refused with its reason")
  func spoiledActivations() {
    func reason(_ old: String, _ new: String) -> String {
      self.reason(planWithActivations.json.replacingOccurrences(of: old, with: new))
    }
    let line = #"    {"site": "conv1", "bits": 2, "elements": 8192},"# + "\n"
    let name = network.name
    #expect(reason(line, "") == "activations at conv1 of \(name) are missing")
    #expect(reason(line, line + line) == "activations at conv1 are listed twice")
    #expect(reason(#""site": "conv1""#, #""site": "fc""#) == "\(name) has no activations at fc")
    #expect(
      reason(#""bits": 2, "elements""#, #""bits": 9, "elements""#)
        == "activations at conv1 have 9 bits, not a whole number from 2 to 8")
    for count in ["0", "-1", "2.5", "1e30"] {
      #expect(
        reason(": 8192}", ": \(count)}").contains("elements, not a positive whole number"),
        "\(count)")
    }
    #expect(reason(#", "elements": 8192"#, "").contains("\"elements\" is missing"))
  }

  @Test("Every flaw in a plan is refused with its reason")
  func spoiled() {
    let lines = text.components(separatedBy: "\n")
    func without(_ line: Int) -> String {
      (lines.prefix(line) + lines.dropFirst(line + 1)).joined(separator: "\n")
    }
    func replacing(_ old: String, _ new: String) -> String {
      text.replacingOccurrences(of: old, with: new)
    }
    #expect(reason("no plan") == "it is not JSON")
    #expect(reason("[]").contains("wrong type"))
    #expect(reason(without(1)) == "\"format\" is missing")
    #expect(reason(replacing("mixq-plan", "other")) == "it is other version 1, not mixq-plan 1")
    #expect(reason(replacing("\"version\": 1", "\"version\": 2")).contains("version 2"))
    #expect(reason(without(6)) == "layer conv1 of \(network.name) is missing")
    #expect(
      reason(replacing("\"conv1\", \"bits\"", "\"conv9\", \"bits\""))
        == "\(network.name) has no layer conv9")
    #expect(
      reason((lines.prefix(7) + [lines[6]] + lines.dropFirst(7)).joined(separator: "\n"))
        == "layer conv1 is listed twice")
    for bits in ["9", "1", "2.5", "-3", "1e+99"] {
      #expect(
        reason(replacing("\"bits\": 8", "\"bits\": \(bits)"))
          == "layer conv1 has \(bits) bits, not a whole number from 2 to 8")
    }
    #expect(
      reason(replacing("\"bits\": 8", "\"bits\": true"))
        == "layers, entry 1, bits has the wrong type")
    #expect(reason(replacing("\"bits\": 8,", "")).contains("\"bits\" is missing"))
    #expect(reason(replacing(": 216", ": 216.5")).contains("216 weights, but the plan says 216.5"))
    #expect(reason(replacing(": 216", ": 217")).contains("216 weights, but the plan says 217"))
  }
}
