import Foundation

/// The comparison as one page that needs nothing but itself: no network, no script, no other file.
package struct HTMLPage: Sendable {
  private let report: ComparisonReport

  package init(_ report: ComparisonReport) { self.report = report }

  /// The page's source.
  package var source: String {
    let page = Markup("html", ["lang": "en"], [head, body])
    return "<!DOCTYPE html>\n" + page.source + "\n"
  }

  private var title: String {
    let count = report.rows.count { !$0.isFullPrecision }
    return "\(report.subject.model), quantized \(Numbers.counted(count, "way"))"
  }

  private var head: Markup {
    let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("meta", ["name": "color-scheme", "content": "light dark"]),
        Markup("title", [:], title),
        Markup("style", [:], [Markup(verbatim: StyleSheet.text)]),
      ])
  }

  private var body: Markup {
    let subject = report.subject
    let sections = sections.filter { !$0.content.isEmpty }
    let links = sections.map { section in
      Markup("li", [:], [Markup("a", ["href": "#\(section.id)"], section.title)])
    }
    let header = Markup(
      "header", [:],
      [
        Markup("h1", [:], title),
        Markup(
          "p", ["class": "lead"],
          "\(subject.architecture), \(Numbers.count(subject.parameterCount)) parameters. Scored on "
            + "\(subject.evaluation), calibrated on \(subject.calibration)."),
        Markup("nav", ["aria-label": "Contents"], [Markup("ul", [:], links)]),
      ])
    return Markup("body", [:], [header, Markup("main", [:], sections.map(\.markup))])
  }

  private var sections: [HTMLSection] {
    [results, size, bits, errors, reconstruction, weights, flips]
  }
}

extension HTMLPage {
  private var results: HTMLSection {
    var section = HTMLSection(id: "results", title: "Results")
    if !report.findings.isEmpty { section.content.append(list(report.findings)) }
    section.content.append(report.rowTable.html(id: "table-results"))
    for (index, table) in report.tests.enumerated() {
      section.content.append(table.html(id: "table-test-\(index + 1)"))
    }
    if !report.notes.isEmpty {
      section.content.append(Markup("h3", [:], "Before you believe it"))
      section.content.append(list(report.notes))
    }
    return section
  }

  private func list(_ sentences: [String]) -> Markup {
    Markup("ul", [:], sentences.map { Markup("li", [:], $0) })
  }

  private var size: HTMLSection {
    var section = HTMLSection(id: "size", title: "Accuracy and divergence against size")
    let note =
      "Up and to the left is better. Bars are 95 % intervals over images; networks of equal size "
      + "stand side by side."
    let other =
      "Down and to the left is better: how far a network's answers are from full precision's, the "
      + "mean over images."
    section.add(
      ParetoPicture.pictures(report).flatMap { [($0.accuracy, note), ($0.divergence, other)] })
    return section
  }

  private var bits: HTMLSection {
    var section = HTMLSection(id: "bits", title: "Bits per layer")
    let sensitivity =
      report.layers.contains { $0.sensitivity != nil }
      ? " Sensitivity is the \(report.sensitivityName)." : ""
    section.add(
      BitsPicture.pictures(report).map {
        ($0, "The network runs from top to bottom; a full bar is 8 bits.\(sensitivity)")
      })
    guard !report.plans.isEmpty else { return section }
    section.content.append(report.ruleTable.html(id: "table-rules"))
    section.addNumbers(report.planTable)
    return section
  }

  private var errors: HTMLSection {
    var section = HTMLSection(id: "error", title: "Error against width")
    section.add(
      ErrorsPicture.pictures(report).map {
        ($0, "A line per layer. The layers with the largest errors are named, all others are grey.")
      })
    if let errors = report.errors { section.addNumbers(report.table(of: errors)) }
    return section
  }

  private var reconstruction: HTMLSection {
    var section = HTMLSection(id: "reconstruction", title: "Reconstruction block by block")
    section.add(
      ReconstructionPicture.pictures(report).map {
        ($0, "Hollow: weights rounded to nearest. Filled: the rounding that was learned.")
      })
    if !report.reconstructions.isEmpty { section.addNumbers(report.reconstructionTable) }
    return section
  }

  private var weights: HTMLSection {
    var section = HTMLSection(id: "weights", title: "Weights on their grids")
    section.add(
      HistogramPicture.pictures(report).map {
        (
          $0,
          "Every weight counted at its place on its own channel's grid; lines are the codes it may "
            + "be rounded to."
        )
      })
    return section
  }

  private var flips: HTMLSection {
    var section = HTMLSection(id: "flips", title: "Flipped images")
    guard report.flips.imageCount > 0 else { return section }
    let shown = report.flips.shown
    section.content = [
      Markup(
        "p", [:],
        "\(Numbers.counted(report.flips.imageCount, "image")) got another first answer from some "
          + "quantized network than from full precision. "
          + "Those that most networks flipped come first; \(shown.count) are shown."),
      Markup("div", ["class": "images"], shown.map { $0.figure(of: report.flips.networkCount) }),
    ]
    return section
  }
}
