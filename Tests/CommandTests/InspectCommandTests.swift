import Testing

@Suite("mixq inspect")
struct InspectCommandTests {
  @Test("The text names architecture, layers and what was assumed")
  func text() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("inspect", "shapes.safetensors")
      #expect(run.code == 0 && run.errors.isEmpty)
      for word in ["CIFAR ResNet-20", "10 classes", "layer3.2.conv2", "assumed", "sha-256"] {
        #expect(run.output.contains(word), "\(word)")
      }
    }
  }

  @Test("The JSON has stable keys")
  func json() throws {
    try withWorkplace { workplace in
      let object = try workplace.mixq("inspect", "shapes.safetensors", "--json").json()
      let keys = [
        "file", "sha256", "format", "architecture", "layout", "classes", "parameters",
        "element_types", "notes", "assumed", "inert_globals", "ignored_tensors", "transform",
        "payload_bytes", "file_bytes", "layers", "engine", "in_floating_point", "schema", "tool",
        "inputs",
      ]
      #expect(Set(object.keys) == Set(keys))
      #expect(object["classes"] as? Int == 10 && (object["layers"] as? [Any])?.count == 20)
    }
  }

  @Test("A setting given by a flag is no longer listed as assumed")
  func flags() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("inspect", "shapes.safetensors", "--bn-eps", "1e-3")
      #expect(run.code == 0 && !run.output.contains("epsilon 1e-5"))
      #expect(
        try workplace.mixq("inspect", "shapes.safetensors").output.contains("epsilon 1e-5"))
    }
  }

  @Test("A configuration that cannot be read exits with 65 and names file and key")
  func badConfiguration() throws {
    try withWorkplace { workplace in
      try workplace.write(#"{"num_classes": "ten"}"#, "shapes.json")
      let run = try workplace.mixq("inspect", "shapes.safetensors")
      #expect(run.code == 65)
      #expect(run.errors.contains("shapes.json") && run.errors.contains("num_classes"))
    }
  }
}
