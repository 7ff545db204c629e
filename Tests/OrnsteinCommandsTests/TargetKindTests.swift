import Foundation
import Testing

/// `sample` and `inspect` of targets of every kind, and of those that are broken.
@Suite struct TargetKindTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/Targets")

  @Test(arguments: [
    ("vertices_d8", 8, "vertices of a cube"), ("cube_d2", 2, "a cube of half-width 1"),
    ("sphere_d3", 3, "a sphere of radius 1.5"), ("spirals_d2", 2, "200 points"),
    ("torus_d4", 4, "a product of a sphere"), ("circle_d10", 10, "linear manifold of 2"),
    ("perturbed_d2", 2, "2 normal laws"), ("ring8_d2", 2, "a mixture of 8 normal laws"),
  ])
  func examplesAreSampledAndInspected(_ name: String, _ dimension: Int, _ says: String) throws {
    let folder = try Scratch()
    let path = Self.folder.appending(path: "\(name).json").path
    let sample = try OrnsteinProcess.run(
      ["sample", path, "-n", "50", "--steps", "20", "-o", "new.csv"], in: folder)
    #expect(sample.status == 0, "\(sample.errors)")
    let lines = try folder.read("new.csv").split(separator: "\n")
    #expect(lines.count == 51)
    #expect(lines.allSatisfy { $0.split(separator: ",").count == dimension })
    let inspect = try OrnsteinProcess.run(["inspect", path], in: folder)
    #expect(inspect.status == 0, "\(inspect.errors)")
    #expect(inspect.output.contains(says), "\(inspect.output)")
    let json = try OrnsteinProcess.run(["inspect", path, "--json"], in: folder)
    #expect(json.status == 0 && json.output.contains("\"law\""), "\(json.output)")
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var files: [String: String] = [:]
    var says: [String]

    var testDescription: String { name }
  }

  static let points = #"{"name": "a", "dimension": 2, "kind": "points", "file": "p.csv"}"#

  static let broken: [Case] = [
    Case(
      name: "unknown kind", text: #"{"name": "a", "dimension": 2, "kind": "torus"}"#,
      says: ["kind", "\"torus\"", "product"]),
    Case(
      name: "unknown key",
      text: #"{"name": "a", "dimension": 2, "kind": "sphere", "radius": 1, "centre": [0, 0]}"#,
      says: ["centre", "radius"]),
    Case(
      name: "absent key", text: #"{"name": "a", "dimension": 2, "kind": "sphere"}"#,
      says: ["\"radius\"", "absent"]),
    Case(
      name: "word for a number",
      text: #"{"name": "a", "dimension": 2, "kind": "sphere", "radius": "big"}"#,
      says: ["radius", "type"]),
    Case(
      name: "radius 0", text: #"{"name": "a", "dimension": 2, "kind": "sphere", "radius": 0}"#,
      says: ["radius", "0.0"]),
    Case(
      name: "number beyond all bounds",
      text: #"{"name": "a", "dimension": 2, "kind": "sphere", "radius": 1e999}"#,
      says: ["target.json"]),
    Case(
      name: "enormous dimension",
      text: #"{"name": "a", "dimension": 4000000000, "kind": "cube", "halfWidth": 1}"#,
      says: ["dimension", "4000000000", "10000"]),
    Case(
      name: "list for a target", text: "[1, 2]", says: ["target"]),
    Case(
      name: "no points", text: #"{"name": "a", "dimension": 2, "kind": "points", "points": []}"#,
      says: ["points", "at least one"]),
    Case(name: "points that are not there", text: points, says: ["file", "p.csv", "no such file"]),
    Case(
      name: "points of another dimension", text: points, files: ["p.csv": "a\n1\n2\n"],
      says: ["p.csv", "1 columns", "2"]),
    Case(
      name: "points that are words", text: points, files: ["p.csv": "a,b\n1,x\n2,y\n"],
      says: ["p.csv", "\"b\"", "words"]),
    Case(
      name: "points with a gap", text: points, files: ["p.csv": "a,b\n1,2\n2,\n"],
      says: ["p.csv", "Row 2", "\"b\""]),
    Case(
      name: "file that is no table",
      text: #"{"name": "a", "dimension": 2, "kind": "points", "file": "p.txt"}"#,
      files: ["p.txt": "1 2"], says: ["p.txt", ".csv"]),
    Case(
      name: "axes that are not orthonormal",
      text: """
        {"name": "a", "dimension": 2, "kind": "manifold", "axes": [[1, 0.5]],
         "base": {"kind": "sphere", "dimension": 1, "radius": 1}}
        """, says: ["axes[0]", "1.25", "must have 1"]),
    Case(
      name: "broken factor",
      text: """
        {"name": "a", "dimension": 2, "kind": "product", "factors": [
          {"kind": "sphere", "dimension": 1, "radius": 1},
          {"kind": "mixture", "dimension": 1, "components": []}]}
        """, says: ["factors[1]", "no component"]),
    Case(
      name: "error of another dimension",
      text: """
        {"name": "a", "dimension": 1, "kind": "perturbed", "error": {"constant": [1, 2]},
         "base": {"kind": "sphere", "dimension": 1, "radius": 1}}
        """, says: ["error.constant", "2", "1"]),
  ]

  @Test(arguments: broken) func brokenTargetsAreRefused(_ broken: Case) throws {
    let folder = try Scratch()
    try folder.write(broken.text, to: "target.json")
    for (name, text) in broken.files { try folder.write(text, to: name) }
    for arguments in [
      ["sample", "target.json", "-n", "10", "-o", "new.csv"], ["inspect", "target.json"],
    ] {
      let outcome = try OrnsteinProcess.run(arguments, in: folder)
      #expect(outcome.status == 3, "\(outcome.errors)")
      BrokenInputTests().expectOneSentence(outcome, says: ["\"target.json\""] + broken.says)
    }
    #expect(try folder.names == Set(["target.json"] + broken.files.keys))
  }
}
