import Foundation
import Reports
import Testing

@Suite("The report as CSV")
struct CSVReportTests {
  @Test("timm's columns come first, so that its scripts read the file")
  func columns() {
    let lines = Report.sample().csv.split(separator: "\n")
    #expect(
      lines[0].hasPrefix(
        "model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation,allocator,"))
    #expect(lines.count == 6)
    #expect(
      lines[4].hasPrefix(
        "resnet<20>&.pth:brecq,79.950,20.050,98.500,1.500,0.27,32,1.000,bilinear,two-width,brecq,89300,"
      ))
    for line in lines {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == 21)
    }
  }

  @Test("Commas and quotes in names stand in quotes (RFC 4180)")
  func quoting() {
    var report = Report.sample()
    report.subject.model = "a,\"b\""
    #expect(report.csv.contains("\n\"a,\"\"b\"\":brecq\",79.950,"))
  }
}

@Suite("The report as Markdown")
struct MarkdownReportTests {
  @Test("It has the verdict, the rows with intervals, the notes, the plans and the origin")
  func content() {
    let text = Report.sample().markdown
    #expect(
      text.hasPrefix(
        "# resnet<20>&.pth, quantized 4 ways\n\nbrecq is closest to full precision.\n\n"))
    #expect(
      text.contains(
        "| brecq | 2.47 | 0.085 | 79.95 [78.15, 81.65] | 98.50 | 0.1058 [0.0984, 0.1132] |"))
    #expect(text.contains("| command | mixq compare 'resnet<20>&.pth' |"))
    #expect(text.contains("## Before you believe it\n\n- 2 images could not be read"))
    #expect(text.contains("| fc | 55296 |"))
  }

  @Test("A bar in a name does not end its cell")
  func bars() {
    var report = Report.sample()
    report.rows[1].name = "a|b"
    #expect(report.markdown.contains("| a\\|b | 2.47 |"))
  }
}

@Suite("The report as JSON")
struct JSONReportTests {
  @Test("Keys are in snake case; thumbnails are left out; equal reports give equal text")
  func content() throws {
    let text = Report.sample().json
    #expect(text == Report.sample().json && !text.contains("thumbnail"))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "title", "subject", "verdict", "rows", "tests", "notes", "origin", "classes", "confusion",
        "layers", "sensitivity_name", "plans", "costs", "errors", "reconstructions", "histograms",
        "flips",
      ])
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.count == 5 && rows[3]["average_bits"] as? Double == 2.47)
  }

  @Test("Figures that are not finite stand as text")
  func infinities() {
    var report = Report.sample()
    report.rows[1].kl = .init(.infinity, low: 0, high: .nan)
    #expect(report.json.contains("\"inf\""))
  }
}
