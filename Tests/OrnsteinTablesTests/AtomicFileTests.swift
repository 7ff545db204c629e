import Foundation
import OrnsteinTables
import Testing

@Suite(.serialized) struct AtomicFileTests {
  @Test func appearsOnlyWhenCommitted() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let file = try AtomicFile(path: path)
      try file.write(Array("hello".utf8))
      #expect(!FileManager.default.fileExists(atPath: path))
      try file.overwrite(at: 0, with: Array("J".utf8))
      try file.commit()
      #expect(try text(path) == "Jello")
      #expect(try names(in: folder) == ["file"])
    }
  }

  /// A name may have 255 bytes, of which letters beyond ASCII take several each.
  @Test func takesTheLongestNames() throws {
    try withTemporaryFolder { folder in
      for name in [String(repeating: "表", count: 85), String(repeating: "x", count: 255)] {
        let file = try AtomicFile(path: folder + "/" + name)
        try file.write(Array("hello".utf8))
        try file.commit()
        #expect(try text(folder + "/" + name) == "hello")
      }
    }
  }

  @Test func refusesAnEmptyName() {
    #expect(throws: FileError(path: "", action: .create, code: ENOENT)) {
      try AtomicFile(path: "")
    }
  }

  @Test func leavesTheTargetWhenDiscarded() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      do {
        let file = try AtomicFile(path: path)
        try file.write(Array("new".utf8))
      }
      #expect(try text(path) == "old")
      #expect(try names(in: folder) == ["file"])
    }
  }

  @Test func keepsRightsAndLinksOfTheTarget() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: path)
      let file = try AtomicFile(path: folder + "/link")
      try file.write(Array("new".utf8))
      try file.commit()
      #expect(try text(path) == "new")
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try names(in: folder) == ["file", "link"])
    }
  }

  @Test func removesAllTemporaryFilesAtOnce() throws {
    try withTemporaryFolder { folder in
      let file = try AtomicFile(path: folder + "/file")
      #expect(try names(in: folder).count == 1)
      AtomicFile.removeAllTemporary()
      #expect(try names(in: folder) == [])
      file.discard()
    }
  }

  @Test func removesWhatKilledProcessesLeft() throws {
    try withTemporaryFolder { folder in
      let ended = Process()
      ended.executableURL = URL(fileURLWithPath: "/bin/sh")
      ended.arguments = ["-c", "exit 0"]
      try ended.run()
      ended.waitUntilExit()
      let abandoned = ".file.\(ended.processIdentifier).0.partial"
      // The first process of the system always runs; other files are none of ours.
      let kept = [
        ".file.1.0.partial", ".file.x.partial", ".other.\(ended.processIdentifier).0.partial",
      ]
      for name in kept + [abandoned] {
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try AtomicFile(path: folder + "/file").discard()
      #expect(try Set(names(in: folder)) == Set(kept))
    }
  }

  @Test func namesAMissingFolderAndAFolder() throws {
    let path = "/nonexistent/file"
    #expect(throws: FileError(path: path, action: .create, code: ENOENT)) {
      try AtomicFile(path: path)
    }
    try withTemporaryFolder { folder in
      #expect(throws: FileError(path: folder, action: .create, code: EISDIR)) {
        try AtomicFile(path: folder)
      }
    }
    #expect(FileError(path: path, action: .create, code: ENOENT).description.contains("folder"))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func namesAFullDisk() throws {
    let error = FileError(path: "/dev/full", action: .write, code: ENOSPC)
    #expect(throws: error) {
      let file = try AtomicFile(path: "/dev/full")
      try file.write(Array(repeating: 65, count: 100_000))
      try file.commit()
    }
    #expect(error.description.contains("disk is full"))
  }
}
