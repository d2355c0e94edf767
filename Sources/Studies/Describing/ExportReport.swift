package import Files
package import Foundation
package import MixQuantKit
import Reports

/// The result of an export, as text and as JSON.
package struct ExportReport: Encodable, Sendable {
  let file: String
  let format: String
  let flavour: String?
  let bytes: Int
  /// The number of tensors of a checkpoint.
  let tensors: Int?
  /// The kernels by which runtimes compute each layer of an ONNX file.
  let layers: [ExecutionForecast]?
  /// The accuracy of a network for deployment, if it was measured.
  let top1: Double?
  let correct1: Int?
  let images: Int?

  /// Describes the written file at `url`; throws `missingInput` if it cannot be read.
  package init(
    _ url: URL, _ format: ExportFormat, _ network: ExportedNetwork? = nil, tensors: Int? = nil,
    accuracy: Accuracy? = nil
  ) throws(InputError) {
    file = url.lastPathComponent
    self.format = format.rawValue
    flavour = network?.flavour.rawValue
    bytes = try InputFile.read(url).count
    self.tensors = tensors
    layers = network?.forecasts
    top1 = accuracy?.top1
    correct1 = accuracy?.correct1
    images = accuracy?.images
  }

  /// Returns the report as text: a line on the file, and for ONNX a table of the layers.
  ///
  /// - Parameter width: The number of columns that tables may take.
  package func text(width: Int = .max) -> String {
    var lines = [
      "\(file.printable()): \(format)\(flavour.map { ", \($0)" } ?? ""), \(bytes) bytes"
        + (tensors.map { ", \($0) tensors" } ?? "")
    ]
    if let layers {
      lines += ["", table(layers).text(width: width), "", summary(layers)] + tensorRT(layers)
    }
    if let top1, let correct1, let images {
      lines.append(
        String(format: "top-1 of this network %.2f %%  %d/%d", top1, correct1, images))
    }
    return lines.joined(separator: "\n")
  }

  private func table(_ layers: [ExecutionForecast]) -> Table {
    Table(
      layers,
      [
        .words("layer") { $0.layer }, .words("weights") { $0.weights },
        .words("ONNX Runtime") { $0.onnxRuntime.text }, .words("OpenVINO") { $0.openVINO.text },
      ])
  }

  /// Returns a line on TensorRT's kernels, which are the same for all layers.
  private func tensorRT(_ layers: [ExecutionForecast]) -> [String] {
    layers.first.map { ["TensorRT: \($0.tensorRT.text)"] } ?? []
  }

  private func summary(_ layers: [ExecutionForecast]) -> String {
    let ort = layers.count { $0.onnxRuntime == .integer }
    let openVINO = layers.count { $0.openVINO == .integer }
    return
      "integer kernels: \(ort) of \(layers.count) layers in ONNX Runtime, \(openVINO) in OpenVINO "
      + "(on x86 processors, with all optimizations)"
  }
}
