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
    let tests = report.tests.enumerated().map { Markup.table($1, id: "test-\($0 + 1)") }
    return HTMLSection(
      id: "results", title: "Results",
      [.table(Table(networks: report.rows), id: "results")] + tests
        + Markup.list(report.notes, heading: "Before you believe it"))
  }

  private var size: HTMLSection {
    let pictures = report.summaryPictures.map { picture in
      let note =
        picture.id.hasPrefix("accuracy")
        ? "More is better." : "The mean divergence from full precision's answers; less is better."
      return (picture, note + " Bars are 95 % intervals over images.")
    }
    return HTMLSection(id: "size", title: "Accuracy and divergence", [.figures(pictures)])
  }

  private var classes: HTMLSection {
    let note =
      report.classes?.reference == nil
      ? "The share of each class's images that are answered right."
      : "Hollow: full precision. Filled: the quantized network."
    let mistakes =
      "A row per class, a column per answer; mistakes are orange. Shown are the classes with the "
      + "most mistakes."
    let pictures =
      (report.classes.map(ChangesPicture.classes) ?? []).map { ($0, note) }
      + (report.confusion.map { [(ConfusionPicture($0).picture, mistakes)] } ?? [])
    let table = report.classes.map { report.table(of: $0) }
    return HTMLSection(
      id: "classes", title: "Class by class",
      [
        .figures(pictures),
        table.flatMap { Markup.table($0, id: "classes", isFolded: true) },
        report.confusion.flatMap {
          Markup.table($0.mistakes.withoutEmptyColumns, id: "mistakes", isFolded: true)
        },
      ])
  }

  private var layers: HTMLSection {
    let costs = report.costs.map { costs in
      (
        BarsPicture.costs(costs, of: report),
        "The network runs from top to bottom. Work is the share of multiply-adds. \(costs.timing)"
      )
    }
    let sensitivity =
      report.layers.contains { $0.sensitivity != nil }
      ? " Sensitivity is the \(report.sensitivityName)." : ""
    let plans = BarsPicture.plans(report).map { ($0, "A full bar is 8 bits.\(sensitivity)") }
    return HTMLSection(
      id: "layers", title: "Layer by layer",
      [
        .figures([costs].compactMap(\.self) + plans),
        report.costs.flatMap { Markup.table(report.table(of: $0), id: "layers") },
        .table(report.ruleTable, id: "rules"),
        .table(report.planTable, id: "plans", isFolded: true),
      ])
  }

  private var errors: HTMLSection {
    let note =
      "A line per layer. The layers with the largest errors are named, all others are grey."
    return HTMLSection(
      id: "error", title: "Error against width",
      [
        .figures(ErrorsPicture.pictures(report), note: note),
        report.errors.flatMap { Markup.table(report.table(of: $0), id: "error", isFolded: true) },
      ])
  }

  private var reconstruction: HTMLSection {
    let note = "Hollow: weights rounded to nearest. Filled: the rounding that was learned."
    return HTMLSection(
      id: "reconstruction", title: "Reconstruction block by block",
      [.figures(ChangesPicture.reconstructions(report), note: note)])
  }

  private var weights: HTMLSection {
    let note =
      "Every weight counted at its place on its own channel's grid; lines are the codes it may "
      + "be rounded to."
    return HTMLSection(
      id: "weights", title: "Weights on their grids",
      [.figures(HistogramPicture.pictures(report), note: note)])
  }

  private var flips: HTMLSection {
    let flips = report.flips
    let text =
      "\(Numbers.counted(flips.imageCount, "image")) got another first answer than full precision's "
      + "from at least one of \(flips.networks.joined(separator: ", ")). The table counts the flips of "
      + "each network alone. \(flips.shown.count) images are shown, those that most of these "
      + "networks flipped first."
    let images = flips.shown.map { $0.figure(of: flips.networks.count) }
    return HTMLSection(
      id: "flips", title: "Flipped images",
      flips.imageCount > 0
        ? [Markup("p", [:], text), Markup("div", ["class": "images"], images)] : [])
  }

  private var origin: HTMLSection {
    HTMLSection(
      id: "origin", title: report.origin.caption, [.table(report.origin, id: "origin")])
  }
}
