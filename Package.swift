// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library module of the toolkit; arrows between modules point at what is imported (Docs/Architecture.md).
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
    exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "mixq",
  products: [.executable(name: "mixq", targets: ["Command"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(
      name: "CKernels", dependencies: ["COpenBLAS"],
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("lapacke")]),

    .target(name: "CImages", dependencies: ["CPNG"]),
    .target(name: "CHashes"),

    library("Tensors", ["CKernels"]),
    library("Hashes", ["CHashes"]),
    library("Checkpoints", ["Tensors", "Hashes"]),
    library("Datasets", ["Tensors", "Hashes", "CTurboJPEG", "CImages"]),
    library("Networks", ["Tensors", "CKernels"]),
    library("Quantization", ["Networks", "Tensors"]),
    library("MixQuant", ["Quantization", "Networks", "Tensors"]),
    library("Reconstruction", ["Quantization", "Networks", "Tensors", "CKernels"]),
    library("Reports", []),
    library(
      "Pipeline",
      [
        "Reports", "MixQuant", "Reconstruction", "Quantization", "Networks", "Checkpoints",
        "Datasets", "Hashes", "Tensors",
      ]),
    .executableTarget(
      name: "Command",
      dependencies: [
        "Pipeline", "Reports", "MixQuant", "Reconstruction", "Quantization", "Networks",
        "Checkpoints", "Datasets", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Networks", "Tensors"], path: "Tests/TestSupport",
      swiftSettings: strict),
    tests("Tensors", ["CKernels"]),
    tests("Hashes", ["CHashes"]),
    tests("Checkpoints", ["Tensors", "Hashes"]),
    tests("Datasets", ["Tensors", "Checkpoints"], exclude: ["Fixtures"]),
    tests("Networks", ["Tensors", "Checkpoints", "CKernels"]),
    tests("Quantization", ["Networks", "Tensors"]),
    tests("MixQuant", ["Checkpoints", "Datasets", "Quantization", "Networks", "Tensors"]),
    tests("Reconstruction", ["Quantization", "Networks", "Tensors"]),
    tests("Reports", []),
    tests(
      "Pipeline",
      [
        "Checkpoints", "Datasets", "MixQuant", "Networks", "Quantization", "Reconstruction",
        "Reports",
        "Tensors",
      ]),
    tests("Command", ["Checkpoints", "Datasets", "Tensors"]),
  ]
)
