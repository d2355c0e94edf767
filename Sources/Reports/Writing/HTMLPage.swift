/// The report as one page that needs nothing but itself: no network and no other file.
///
/// Its only script sorts tables. Everything can be read without it.
package struct HTMLPage: Sendable {
  private let report: Report

  package init(_ report: Report) { self.report = report }

  /// The page's source.
  package var source: String {
    let page = Markup("html", ["lang": "en"], [head, body])
    return "<!DOCTYPE html>\n" + page.source + "\n"
  }

  private var head: Markup {
    let policy =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '\(PageScript.hash)'"
    return Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("meta", ["name": "color-scheme", "content": "light dark"]),
        Markup("title", [:], report.title),
        Markup("style", [:], [Markup(verbatim: StyleSheet.text)]),
      ])
  }

  private var body: Markup {
    let sections = sections.filter { !$0.content.isEmpty }
    let links = sections.map { section in
      Markup("li", [:], [Markup("a", ["href": "#\(section.id)"], section.title)])
    }
    let verdict = report.verdict.enumerated().map { index, sentence in
      Markup("p", ["class": index == 0 ? "lead" : ""], sentence)
    }
    let header = Markup(
      "header", [:],
      [Markup("h1", [:], report.title), Markup("p", ["class": "muted"], report.subject.text)]
        + verdict
        + [Markup("nav", ["aria-label": "Contents"], [Markup("ul", [:], links)])])
    let script = Markup("script", [:], [Markup(verbatim: PageScript.text)])
    return Markup("body", [:], [header, Markup("main", [:], sections.map(\.markup)), script])
  }

  private var sections: [HTMLSection] {
    [
      results, size, classes, layers, errors, reconstruction, weights, flips, origin,
    ]
  }
}

extension HTMLPage {
  private var results: HTMLSection {
    var section = HTMLSection(id: "results", title: "Results")
    section.add(report.rowTable)
    for (index, table) in report.tests.enumerated() { section.add(table, id: "test-\(index + 1)") }
    section.add(report.notes, heading: "Before you believe it")
    return section
  }

  private var size: HTMLSection {
    var section = HTMLSection(id: "size", title: "Accuracy and divergence")
    section.add(
      report.summaryPictures.map { picture in
        let isAccuracy = picture.id.hasPrefix("accuracy")
        let note =
          isAccuracy
          ? "More is better." : "The mean divergence from full precision's answers; less is better."
        return (picture, note + " Bars are 95 % intervals over images.")
      })
    return section
  }

  private var classes: HTMLSection {
    var section = HTMLSection(id: "classes", title: "Class by class")
    let note =
      report.classes?.reference == nil
      ? "The share of each class's images that are answered right."
      : "Hollow: full precision. Filled: the quantized network."
    let mistakes =
      "A row per class, a column per answer; mistakes are orange. Shown are the classes with the "
      + "most mistakes."
    section.add(
      (report.classes.map(ClassesPicture.pictures) ?? []).map { ($0, note) }
        + (report.confusion.map { [(ConfusionPicture($0).picture, mistakes)] } ?? []))
    if let classes = report.classes { section.add(report.table(of: classes), isFolded: true) }
    if let confusion = report.confusion {
      section.add(confusion.mistakes, id: "mistakes", isFolded: true)
    }
    return section
  }

  private var layers: HTMLSection {
    var section = HTMLSection(id: "layers", title: "Layer by layer")
    let costs = report.costs.map { costs in
      (BarsPicture.costs(costs, of: report), "The network runs from top to bottom. \(costs.timing)")
    }
    let sensitivity =
      report.layers.contains { $0.sensitivity != nil }
      ? " Sensitivity is the \(report.sensitivityName)." : ""
    section.add(
      [costs].compactMap(\.self)
        + BarsPicture.plans(report).map { ($0, "A full bar is 8 bits.\(sensitivity)") })
    if let costs = report.costs { section.add(report.table(of: costs)) }
    section.add(report.ruleTable, id: "rules")
    section.add(report.planTable, id: "plans", isFolded: true)
    return section
  }

  private var errors: HTMLSection {
    var section = HTMLSection(id: "error", title: "Error against width")
    section.add(
      ErrorsPicture.pictures(report),
      note: "A line per layer. The layers with the largest errors are named, all others are grey.")
    if let errors = report.errors { section.add(report.table(of: errors), isFolded: true) }
    return section
  }

  private var reconstruction: HTMLSection {
    var section = HTMLSection(id: "reconstruction", title: "Reconstruction block by block")
    section.add(
      ChangesPicture.reconstructions(report),
      note: "Hollow: weights rounded to nearest. Filled: the rounding that was learned.")
    return section
  }

  private var weights: HTMLSection {
    var section = HTMLSection(id: "weights", title: "Weights on their grids")
    section.add(
      HistogramPicture.pictures(report),
      note:
        "Every weight counted at its place on its own channel's grid; lines are the codes it may "
        + "be rounded to.")
    return section
  }

  private var flips: HTMLSection {
    var section = HTMLSection(id: "flips", title: "Flipped images")
    let flips = report.flips
    guard flips.imageCount > 0 else { return section }
    section.add(
      "\(Numbers.counted(flips.imageCount, "image")) got another first answer than full precision's "
        + "from at least one of \(flips.networks.joined(separator: ", ")). The table counts the flips of "
        + "each network alone. \(flips.shown.count) images are shown, those that most of these "
        + "networks flipped first.")
    section.content.append(
      Markup("div", ["class": "images"], flips.shown.map { $0.figure(of: flips.networks.count) }))
    return section
  }

  private var origin: HTMLSection {
    var section = HTMLSection(id: "origin", title: report.origin.caption)
    section.add(report.origin)
    return section
  }
}
