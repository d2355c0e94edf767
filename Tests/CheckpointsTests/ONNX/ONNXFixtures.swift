import Foundation
import TestSupport

/// A small ONNX file made by Scripts/make-onnx-fixtures.py.
func onnxFixture(_ name: String) -> URL {
  SharedFiles.projectRoot.appending(path: "Tests/Fixtures/ONNX/\(name)")
}
