// swift-tools-version: 6.1
import PackageDescription

// Build and run: swift run -c release QuantizeAndClassify MODEL CALIBRATION IMAGE…
let package = Package(
  name: "QuantizeAndClassify",
  dependencies: [.package(name: "mixq", path: "../../..")],
  targets: [
    .executableTarget(
      name: "QuantizeAndClassify",
      dependencies: [.product(name: "MixQuantKit", package: "mixq")])
  ]
)
