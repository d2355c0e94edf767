import Allocation
import ArgumentParser
import Datasets
import Execution
import Files
import Foundation
import MixQuantKit
import Studies

extension QuantizeCommand {
  /// Searches for the smallest file whose drop is within `limit` on the images of `data`.
  func search(limit: DropLimit, data: URL) throws {
    // A search may overwrite its own outputs when it resumes.
    let isResuming = FileManager.default.fileExists(
      atPath: SearchRecord.url(beside: output.url).path)
    try requireWritable(
      output.url, overwriting: main.force || SearchRecord.wrote(output.url), inputs: inputs)
    try requireWritable(reportURL, overwriting: main.force || isResuming, inputs: inputs)
    let console = Console(isQuiet: common.quiet)
    let opened = try console.during("opening the model") {
      try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    }
    let subject = try EvaluationSubject(
      model: .checkpoint(opened), url: model.url, data: data,
      labels: accuracy.classes.labels?.url, classMap: accuracy.classes.classMap?.url,
      limit: accuracy.limit, flags: transform.flags, skipBadImages: transform.skipBadImages,
      context: common.context)
    let target = try target(limit, opened, evaluator: subject.evaluator)
    (subject.introduction + target.introduction + purposeLines).forEach(console.note)
    guard !main.dryRun else {
      let outline = try SearchOutline(target)
      try emit(
        outline, as: .searchOutline, from: inputs(opened, target.images), isJSON: common.json
      ) { _ in outline.text }
      return
    }
    let audit = target.audit()
    audit.lines.forEach(console.note)
    if !accuracy.overlap.allowOverlap { try audit.requireNoOverlap() }
    target.images.warnings(context: common.context).forEach(console.note)
    if let check = try subject.selfCheck() { console.note(check) }
    let lock = try SearchRecord.lock(beside: output.url)
    defer { withExtendedLifetime(lock) { SearchRecord.removeIfEmpty(beside: output.url) } }
    Interruption.report { [output] in Self.interrupted(output.url) }
    let progress = StudyProgress(console: console, unitCount: opened.unitCount)
    let result = try target(progress: progress.show)
    console.end()
    try finish(result, from: inputs(opened, target.images))
  }

  private func target(
    _ limit: DropLimit, _ model: CheckpointModel, evaluator: Evaluator
  ) throws -> AccuracyTarget {
    let recipe = recipe
    let images = try CalibrationSet(
      drawing: recipe.calibrationImages,
      from: ImageSet.open(
        main.calibration.url, purpose: .calibration, skipBadImages: transform.skipBadImages),
      seed: recipe.seed, transform: evaluator.transform, skipBadImages: transform.skipBadImages)
    return AccuracyTarget(
      model: model, recipe: recipe, planner: try planner(for: model, recipe: recipe),
      allocator: allocation.allocator ?? .mixQuantWeighted, images: images, evaluator: evaluator,
      limit: limit, timeBudget: accuracy.timeBudget?.seconds, output: output.url,
      memory: memory.limit(beside: output.url), context: common.context)
  }

  /// Returns the line to print if a search is interrupted.
  private static func interrupted(_ output: URL) -> String {
    SearchRecord.removeIfEmpty(beside: output)
    let best =
      SearchRecord.wrote(output)
      ? "\(output.path) is the smallest file within the limit so far"
      : "nothing within the limit so far"
    return "\(best); run the same command again to resume"
  }

  private func finish(_ result: AccuracyTargetResult, from inputs: [ResultInput]) throws {
    if result.best != nil {
      let report = result.report(
        command: CommandLine.arguments, threads: common.threads, purpose: statedPurpose)
      try AtomicFile.write(
        Data(json(report, isPretty: true, keys: .convertToSnakeCase).utf8), to: reportURL,
        overwriting: true)
    }
    if result.trialsLeft == 0 {
      // A file that an unfinished search with another recipe left is not the result.
      if result.best == nil, SearchRecord.wrote(output.url) {
        try? FileManager.default.removeItem(at: output.url)
      }
      SearchRecord.remove(beside: output.url)
    }
    try emit(result, as: .search, from: inputs, isJSON: common.json) { result.text(width: $0) }
    if let failure = result.failure {
      let isThere = AtomicFile.type(at: output.url) != nil
      throw InputError(
        .dropTooLarge, "found no file within --max-drop", at: output.url.relativePath,
        because: failure + (isThere ? "; the existing file is unchanged" : ""),
        try: "allow a larger drop or more time, or use --method brecq with --recipe standard")
    }
  }
}
