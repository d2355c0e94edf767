package import Files
package import Foundation
package import Graphs

/// The file format of plans, which people can read and edit: a short head, then one line per layer.
///
///     {
///       "format": "mixq-plan",
///       "version": 1,
///       "model": "ResNet-18",
///       "rule": "uniform",
///       "layers": [
///         {"layer": "conv1", "bits": 8, "weights": 9408},
///         ...
///       ]
///     }
///
/// If activations are planned, a list `activations` with one line per site follows:
/// `{"site": "conv1", "bits": 8, "elements": 802816}`.
extension BitPlan {
  private static let format = "mixq-plan"
  private static let version = 1

  /// The text of the plan's file.
  package var json: String {
    let rows = zip(layers, bitWidths).map { layer, bitWidth in
      "    {\"layer\": \(Self.quoted(layer.name)), \"bits\": \(bitWidth), "
        + "\"weights\": \(layer.weightCount)}"
    }
    let sites = activations.map { planned in
      "    {\"site\": \(Self.quoted(planned.site)), \"bits\": \(planned.bitWidth), "
        + "\"elements\": \(planned.elementCount)}"
    }
    return """
      {
        "format": \(Self.quoted(Self.format)),
        "version": \(Self.version),
        "model": \(Self.quoted(model)),
        "rule": \(Self.quoted(rule)),
        "layers": [
      \(rows.joined(separator: ",\n"))
        ]\(sites.isEmpty ? "" : Self.list("activations", of: sites))
      }

      """
  }

  private static func list(_ key: String, of lines: [String]) -> String {
    ",\n  \"\(key)\": [\n\(lines.joined(separator: ",\n"))\n  ]"
  }

  private static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let data = (try? encoder.encode(text)) ?? Data("\"\"".utf8)
    return String(decoding: data, as: UTF8.self)
  }

  /// Reads the plan for `network` from the file at `place`; layers and sites may be in any order.
  ///
  /// - Throws: `badData` if the file is of another kind, if a layer or site is unknown, missing or
  ///   listed twice, if a bit-width is outside 2 to 8, or if a number of weights is wrong.
  package init(json: Data, network: Graph, at place: String) throws(InputError) {
    let file = try PlanFile(json, at: place)
    guard file.format == Self.format, file.version == Self.version else {
      throw Self.refusal(
        place, "it is \(file.format) version \(file.version), not \(Self.format) \(Self.version)")
    }
    let layers = network.weightLayers
    var chosen: [String: BitWidth] = [:]
    for entry in file.layers {
      guard let layer = layers.first(where: { $0.name == entry.layer }) else {
        throw Self.refusal(place, "\(network.name) has no layer \(entry.layer)")
      }
      let bitWidth = try entry.bitWidth(for: layer, at: place)
      guard chosen.updateValue(bitWidth, forKey: entry.layer) == nil else {
        throw Self.refusal(place, "layer \(entry.layer) is listed twice")
      }
    }
    if let missing = layers.first(where: { chosen[$0.name] == nil }) {
      throw Self.refusal(place, "layer \(missing.name) of \(network.name) is missing")
    }
    self.init(
      model: network.name, rule: file.rule ?? "edited by hand", layers: layers,
      bitWidths: layers.compactMap { chosen[$0.name] },
      activations: try Self.activations(file.activations ?? [], network: network, at: place))
  }

  /// Returns the entries in network order.
  ///
  /// A plan lists either no sites or every site.
  private static func activations(
    _ entries: [PlanFile.Activations], network: Graph, at place: String
  ) throws(InputError) -> [PlannedActivations] {
    guard !entries.isEmpty else { return [] }
    let sites = network.sites
    var chosen: [Site: PlannedActivations] = [:]
    for entry in entries {
      guard sites.contains(entry.site) else {
        throw refusal(place, "\(network.name) has no activations at \(entry.site)")
      }
      guard chosen.updateValue(try entry.planned(at: place), forKey: entry.site) == nil else {
        throw refusal(place, "activations at \(entry.site) are listed twice")
      }
    }
    if let missing = sites.first(where: { chosen[$0] == nil }) {
      throw refusal(place, "activations at \(missing) of \(network.name) are missing")
    }
    return sites.compactMap { chosen[$0] }
  }

  fileprivate static func refusal(_ place: String, _ reason: String) -> InputError {
    InputError(
      .badPlan, "cannot use the plan", at: place, because: reason,
      try: "write a new plan with `mixq plan` and edit its bits")
  }
}

/// The content of a plan's file before it is compared with a network.
private struct PlanFile: Decodable {
  struct Entry: Decodable {
    let layer: String
    // A Double as in the file, so that the error for 2.5 bits can name the layer.
    let bits: Double
    let weights: Double?
  }

  struct Activations: Decodable {
    let site: Site
    let bits: Double
    let elements: Double
  }

  let format: String
  let version: Int
  let rule: String?
  let layers: [Entry]
  let activations: [Activations]?

  init(_ json: Data, at place: String) throws(InputError) {
    do {
      self = try JSONDecoder().decode(PlanFile.self, from: json)
    } catch let error as DecodingError {
      throw BitPlan.refusal(place, Self.reason(error))
    } catch {
      throw BitPlan.refusal(place, "it is not JSON")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.isEmpty
        ? "the whole file"
        : context.codingPath.map { $0.intValue.map { "entry \($0 + 1)" } ?? $0.stringValue }
          .joined(separator: ", ")
    }
    return switch error {
    case .keyNotFound(let key, let context):
      "\"\(key.stringValue)\" is missing"
        + (context.codingPath.isEmpty ? "" : " in \(path(context))")
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(path(context)) has the wrong type"
    default: "it is not JSON"
    }
  }
}

extension PlanFile.Entry {
  fileprivate func bitWidth(for layer: WeightLayer, at place: String) throws(InputError) -> BitWidth
  {
    let bitWidth = try PlanFile.bitWidth(bits, of: "layer \(layer.name) has", at: place)
    guard let weights, weights != Double(layer.weightCount) else { return bitWidth }
    throw BitPlan.refusal(
      place,
      "layer \(layer.name) has \(layer.weightCount) weights, but the plan says "
        + PlanFile.text(weights)
    )
  }
}

extension PlanFile.Activations {
  fileprivate func planned(at place: String) throws(InputError) -> PlannedActivations {
    let bitWidth = try PlanFile.bitWidth(bits, of: "activations at \(site) have", at: place)
    guard let count = Int(exactly: elements), PlannedActivations.elementRange.contains(count) else {
      throw BitPlan.refusal(
        place, "activations at \(site) have \(elements) elements, not a positive whole number")
    }
    return PlannedActivations(site: site, elementCount: count, bitWidth: bitWidth)
  }
}

extension PlanFile {
  /// Returns the number as text, without a decimal point if it is whole.
  fileprivate static func text(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? String(number)
  }

  fileprivate static func bitWidth(
    _ bits: Double, of subject: String, at place: String
  ) throws(InputError) -> BitWidth {
    if let bitWidth = Int(exactly: bits).flatMap({ BitWidth($0) }) { return bitWidth }
    throw BitPlan.refusal(
      place, "\(subject) \(text(bits)) bits, not a whole number from 2 to 8")
  }
}
