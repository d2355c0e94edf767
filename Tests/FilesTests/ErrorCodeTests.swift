import Files
import Foundation
import TestSupport
import Testing

@Suite("ErrorCode")
struct ErrorCodeTests {
  private let root = SharedFiles.projectRoot

  /// The codes that Docs/Errors.md lists, each with its exit code.
  private func listed() throws -> [String: String] {
    let page = try String(contentsOf: root.appending(path: "Docs/Errors.md"), encoding: .utf8)
    var codes: [String: String] = [:]
    var exitCode = ""
    for line in page.split(separator: "\n") {
      if let match = line.firstMatch(of: /^## .*\(exit code (\d+)\)$/) {
        exitCode = String(match.1)
      } else if let match = line.firstMatch(of: /^\| `([a-z0-9-]+)` \| .+ \| .+ \|$/) {
        #expect(codes.updateValue(exitCode, forKey: String(match.1)) == nil, "\(match.1) twice")
      }
    }
    return codes
  }

  @Test("Docs/Errors.md lists every code and no other")
  func documentation() throws {
    #expect(try Set(listed().keys) == Set(ErrorCode.allCases.map(\.rawValue)))
  }

  @Test("Docs/Errors.md lists every code under its exit code")
  func exitCodes() throws {
    let exitCodes: [InputError.Kind: String] = [
      .unmet: "1", .usage: "64", .badData: "65", .missingInput: "66", .failure: "70",
      .cannotWrite: "73", .interrupted: "75",
    ]
    let listed = try listed()
    for code in ErrorCode.allCases {
      #expect(listed[code.rawValue] == exitCodes[code.kind], "\(code.rawValue)")
    }
  }

  @Test("The source uses every code")
  func use() throws {
    let files = FileManager.default.enumerator(
      at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
    var text = ""
    for case let url as URL in files ?? .init()
    where url.pathExtension == "swift" && url.lastPathComponent != "ErrorCode.swift" {
      text += try String(contentsOf: url, encoding: .utf8)
    }
    for code in ErrorCode.allCases {
      #expect(text.contains(".\(code)"), "\(code.rawValue) is used nowhere")
    }
  }

  @Test("Codes are words in small letters with dashes")
  func spelling() {
    for code in ErrorCode.allCases {
      #expect(code.rawValue.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
    }
  }
}
