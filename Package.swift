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
  products: [
    .library(name: "MixQuantKit", targets: ["MixQuantKit"]),
    .executable(name: "mixq", targets: ["Command"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Shares work among the ranks of mpirun; needs libopenmpi-dev.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CExecution"),
    .target(name: "CFiles"),
    .target(name: "CStart"),
    .target(
      name: "CMPI", cSettings: [.define("MIXQ_MPI", .when(traits: ["MPI"]))],
      linkerSettings: [.linkedLibrary("mpi", .when(traits: ["MPI"]))]),
    .target(
      name: "CKernels", dependencies: ["COpenBLAS", "CExecution"],
      cSettings: ["blocked", "integer", "quantize", "shared"].map { .headerSearchPath($0) },
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("lapacke")]),

    .target(
      name: "CImages", dependencies: ["CJPEG", "CPNG", "CTIFF", "CWebP", "CExecution"],
      linkerSettings: [.linkedLibrary("webp")]),

    .plugin(name: "StampVersion", capability: .buildTool()),
    .target(name: "Version", swiftSettings: strict, plugins: ["StampVersion"]),

    library("Files", ["CCrypto", "CFiles"]),
    library("Execution", ["Files", "CExecution"]),
    library("MPI", ["Execution", "Files", "CMPI"]),
    library("Tensors", ["Execution", "Files", "CKernels", "CExecution"]),
    library("Checkpoints", ["Tensors", "Execution", "Files", "CZlib"]),
    library("Datasets", ["Tensors", "Execution", "Files", "CImages"]),
    library("Graphs", ["Tensors", "Execution", "Files", "CKernels"]),
    library("Networks", ["Checkpoints", "Graphs", "Tensors", "Execution", "Files"]),
    library("Quantization", ["Graphs", "Tensors", "Execution", "Files", "CKernels"]),
    library(
      "Engine",
      ["Quantization", "Graphs", "Tensors", "Execution", "Files", "CKernels", "CExecution"]),
    library("MixQuant", ["Quantization", "Graphs", "Tensors", "Execution", "Files"]),
    library(
      "Allocation", ["MixQuant", "Quantization", "Graphs", "Tensors", "Execution", "Files"]),
    library(
      "Reconstruction",
      ["Engine", "Quantization", "Graphs", "Tensors", "Execution", "Files", "CKernels"]),
    library(
      "MixQuantKit",
      [
        "Allocation", "MixQuant", "Reconstruction", "Engine", "Quantization", "Networks", "Graphs",
        "Checkpoints", "Datasets", "Tensors", "Execution", "Files", "Version",
      ]),
    library("Reports", ["Files"]),
    library(
      "Studies",
      [
        "MixQuantKit", "Reports", "Allocation", "MixQuant", "Reconstruction", "Quantization",
        "Networks", "Graphs", "Datasets", "Tensors", "Execution", "Files",
      ]),
    .executableTarget(
      name: "Command",
      dependencies: [
        "Studies", "Reports", "MixQuantKit", "Allocation", "Reconstruction", "Quantization",
        "Datasets", "Execution", "Files", "CStart", "MPI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: [
        "MixQuant", "Quantization", "Networks", "Graphs", "Tensors", "Execution", "Files",
      ],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "KitSupport",
      dependencies: [
        "TestSupport", "MixQuantKit", "Checkpoints", "Datasets", "Quantization", "Reconstruction",
        "Networks",
        "Graphs", "Tensors", "Execution", "Files",
      ], path: "Tests/KitSupport", swiftSettings: strict),
    // Damaged files for every reader; the program fuzz is built and run by Scripts/fuzz.
    .target(
      name: "Fuzzing",
      dependencies: [
        "MixQuantKit", "Checkpoints", "Datasets", "Quantization", "Reconstruction", "Graphs",
        "Tensors",
        "Networks", "Execution", "Files", "TestSupport",
      ], path: "Tests/Fuzzing", swiftSettings: strict),
    .target(name: "FuzzCoverage", path: "Tests/FuzzCoverage"),
    .executableTarget(
      name: "fuzz", dependencies: ["Fuzzing", "FuzzCoverage", "Execution"],
      path: "Tests/FuzzRunner",
      swiftSettings: strict),
    // The example package, built here too so that its test can run it.
    .executableTarget(
      name: "QuantizeAndClassify", dependencies: ["MixQuantKit"],
      path: "Docs/Examples/QuantizeAndClassify/Sources/QuantizeAndClassify"),
    tests("Files", []),
    tests("Execution", []),
    tests("Tensors", ["Execution", "Files", "CKernels", "CExecution"]),
    tests("Checkpoints", ["Tensors", "Execution", "Files"]),
    tests("Datasets", ["Tensors", "Execution", "Checkpoints", "Files"], exclude: ["Fixtures"]),
    tests("Graphs", ["Checkpoints", "Tensors", "Execution", "Files"]),
    tests("Networks", ["Graphs", "Tensors", "Execution", "Checkpoints", "Files"]),
    tests("Quantization", ["Graphs", "Tensors", "Execution", "Files"]),
    tests(
      "Engine",
      ["Quantization", "Networks", "Graphs", "Tensors", "Execution", "CKernels", "CExecution"]),
    tests(
      "MixQuant", ["Checkpoints", "Quantization", "Networks", "Graphs", "Tensors", "Execution"]),
    tests(
      "Allocation",
      [
        "Checkpoints", "Datasets", "MixQuant", "Quantization", "Networks", "Graphs", "Tensors",
        "Execution", "Files",
      ]),
    tests(
      "Reconstruction",
      [
        "Engine", "Checkpoints", "Quantization", "Graphs", "Tensors", "Execution", "Files",
        "CKernels",
      ]),
    tests("Fuzzing", [], exclude: ["Corpus"]),
    tests("Reports", ["Files"]),
    tests(
      "MixQuantKit",
      [
        "KitSupport", "Allocation", "Checkpoints", "Datasets", "MixQuant", "Networks",
        "Quantization", "Reconstruction", "Graphs", "Tensors", "Execution", "Files",
      ]),
    tests(
      "Studies",
      [
        "KitSupport", "MixQuantKit", "Reports", "Allocation", "Checkpoints", "Datasets", "MixQuant",
        "Networks", "Quantization", "Reconstruction", "Graphs", "Tensors", "Execution", "Files",
      ]),
    // The public library alone, as other packages see it; Datasets renders the pictures.
    .testTarget(
      name: "LibraryTests", dependencies: ["MixQuantKit", "Datasets", "TestSupport"],
      swiftSettings: strict),
    tests("Command", ["Checkpoints", "Datasets", "Tensors", "Execution", "Files"]),
  ]
)
