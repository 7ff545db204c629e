// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let realModule = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
    swiftSettings: strict)
}

let package = Package(
  name: "ornstein",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Ornstein", targets: ["Ornstein"]),
    .executable(name: "ornstein", targets: ["OrnsteinTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(["-O3"]), .treatAllWarnings(as: .error)]),

    library(
      "OrnsteinNumerics",
      ["CKernels", .target(name: "COpenBLAS", condition: .when(platforms: [.linux])), realModule]),
    library("OrnsteinDiffusion", ["OrnsteinNumerics", realModule]),
    library("OrnsteinTheory", ["OrnsteinDiffusion", "OrnsteinNumerics", realModule]),
    library("OrnsteinLearning", ["OrnsteinDiffusion", "OrnsteinNumerics", realModule]),
    library(
      "OrnsteinMetrics", ["OrnsteinTheory", "OrnsteinDiffusion", "OrnsteinNumerics", realModule]),
    library("OrnsteinTables", ["OrnsteinNumerics"]),
    library("OrnsteinReport", [realModule]),
    library("OrnsteinModel", ["OrnsteinTables", "OrnsteinNumerics"]),
    library(
      "Ornstein",
      [
        "OrnsteinNumerics", "OrnsteinDiffusion", "OrnsteinLearning", "OrnsteinMetrics",
        "OrnsteinTables", "OrnsteinModel", "OrnsteinReport", "OrnsteinTheory",
      ]),
    library("OrnsteinCommands", ["Ornstein", argumentParser, realModule]),
    .executableTarget(
      name: "OrnsteinTool", dependencies: ["OrnsteinCommands"], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["OrnsteinNumerics", realModule],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "OrnsteinNumerics", ["CKernels", realModule]),
    tests(of: "OrnsteinDiffusion", ["OrnsteinNumerics", realModule]),
    tests(of: "OrnsteinTheory", ["OrnsteinDiffusion", "OrnsteinNumerics", realModule]),
    tests(of: "OrnsteinLearning", ["OrnsteinDiffusion", "OrnsteinNumerics", realModule]),
    tests(of: "OrnsteinMetrics", ["OrnsteinDiffusion", "OrnsteinNumerics", realModule]),
    tests(of: "OrnsteinTables", ["OrnsteinNumerics"]),
    tests(of: "OrnsteinReport", []),
    tests(of: "OrnsteinModel", ["OrnsteinTables", "OrnsteinNumerics"]),
    tests(of: "Ornstein", []),
    tests(of: "OrnsteinCommands", ["Ornstein"]),
  ]
)
