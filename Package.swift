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
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CExecution"),
    .target(
      name: "CKernels", dependencies: ["COpenBLAS", "CExecution"],
      cSettings: ["blocked", "shared"].map { .headerSearchPath($0) },
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("lapacke")]),

    .target(name: "CImages", dependencies: ["CPNG", "CExecution"]),

    library("Files", ["CCrypto"]),
    library("Execution", ["Files", "CExecution"]),
    library("Tensors", ["Execution", "Files", "CKernels", "CExecution"]),
    library("Checkpoints", ["Tensors", "Execution", "Files"]),
    library("Datasets", ["Tensors", "Execution", "Files", "CTurboJPEG", "CImages"]),
    library("Networks", ["Tensors", "Execution", "Files", "CKernels"]),
    library("Quantization", ["Networks", "Tensors", "Execution", "Files"]),
    library("MixQuant", ["Quantization", "Networks", "Tensors", "Execution", "Files"]),
    library(
      "Reconstruction", ["Quantization", "Networks", "Tensors", "Execution", "Files", "CKernels"]),
    library("Reports", []),
    library(
      "Pipeline",
      [
        "Reports", "MixQuant", "Reconstruction", "Quantization", "Networks", "Checkpoints",
        "Datasets", "Tensors", "Execution", "Files",
      ]),
    .executableTarget(
      name: "Command",
      dependencies: [
        "Pipeline", "Reports", "MixQuant", "Reconstruction", "Quantization", "Networks",
        "Checkpoints", "Datasets", "Tensors", "Execution", "Files",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Networks", "Tensors", "Execution", "Files"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests("Files", []),
    tests("Execution", []),
    tests("Tensors", ["Execution", "Files", "CKernels", "CExecution"]),
    tests("Checkpoints", ["Tensors", "Execution", "Files"]),
    tests("Datasets", ["Tensors", "Execution", "Checkpoints", "Files"], exclude: ["Fixtures"]),
    tests("Networks", ["Tensors", "Execution", "Checkpoints", "Files", "CKernels"]),
    tests("Quantization", ["Networks", "Tensors", "Execution", "Files"]),
    tests(
      "MixQuant",
      ["Checkpoints", "Datasets", "Quantization", "Networks", "Tensors", "Execution", "Files"]),
    tests(
      "Reconstruction",
      ["Checkpoints", "Quantization", "Networks", "Tensors", "Execution", "Files"]),
    tests("Reports", []),
    tests(
      "Pipeline",
      [
        "Checkpoints", "Datasets", "MixQuant", "Networks", "Quantization", "Reconstruction",
        "Reports", "Tensors", "Execution", "Files",
      ]),
    tests("Command", ["Checkpoints", "Datasets", "Tensors", "Execution", "Files"]),
  ]
)
