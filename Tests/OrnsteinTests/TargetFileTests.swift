import Foundation
import Ornstein
import Testing

@Suite struct TargetFileTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/Targets")

  static let files: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (names ?? []).filter { $0.hasSuffix(".json") }.sorted()
  }()

  @Test(arguments: files) func examplesAreTargets(_ name: String) throws {
    let file = try TargetFile(contentsOf: Self.folder.appending(path: name).path)
    #expect(file.description.name + ".json" == name)
    #expect(file.description.comment != nil)
    let target = try file.makeTarget(Double.self)
    #expect(target.dimension == file.description.dimension)
  }

  @Test func everyKindHasAnExample() throws {
    let kinds = try Self.files.map {
      try TargetFile(contentsOf: Self.folder.appending(path: $0).path).description.kind.name
    }
    #expect(Set(kinds) == Set(TargetDescription.Kind.names))
  }

  @Test func pointsLieBesideTheTarget() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("a,b\n1,2\n3,5\n".utf8).write(to: folder.appending(path: "p.csv"))
    let text = """
      {"name": "n", "dimension": 3, "kind": "product", "factors": [
        {"kind": "sphere", "dimension": 1, "radius": 1},
        {"kind": "points", "dimension": 2, "file": "p.csv", "weights": [1, 3]}]}
      """
    let path = folder.appending(path: "t.json")
    try Data(text.utf8).write(to: path)
    let target = try TargetFile(contentsOf: path.path).makeTarget(Double.self)
    #expect(target.moments.mean == [0, 2.5, 4.25])
  }
}
