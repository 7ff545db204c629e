// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "ornstein-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "ornstein", path: "..")],
  targets: [
    .target(name: "CPeak", cSettings: [.unsafeFlags(["-O2"])]),
    .executableTarget(
      name: "ornstein-bench",
      dependencies: ["CPeak", .product(name: "Ornstein", package: "ornstein")],
      path: "Sources/OrnsteinBench",
      swiftSettings: [
        .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "optimal-grids",
      dependencies: [.product(name: "Ornstein", package: "ornstein")],
      path: "Sources/OptimalGrids",
      swiftSettings: [
        .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "mixture-recovery",
      dependencies: [.product(name: "Ornstein", package: "ornstein")],
      path: "Sources/MixtureRecovery",
      swiftSettings: [
        .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "polynomial-scores",
      dependencies: [.product(name: "Ornstein", package: "ornstein")],
      path: "Sources/PolynomialScores",
      swiftSettings: [
        .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ]
)
