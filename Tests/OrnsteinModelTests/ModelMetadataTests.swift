import OrnsteinModel
import Testing

@Suite struct ModelMetadataTests {
  @Test func readsWhatItWrites() throws {
    var metadata = ModelMetadata(kind: .checkpoint)
    try metadata.set(["steps": 17, "seed": 3], for: "training")
    try metadata.set("vp-linear", for: "process")
    let read = try ModelMetadata(metadata.texts)
    #expect(read == metadata)
    #expect(try read.value([String: Int].self, for: "training") == ["steps": 17, "seed": 3])
    #expect(try read.value(String.self, for: "process") == "vp-linear")
    #expect(metadata.texts["format_version"] == "1")
    #expect(metadata.texts["kind"] == "checkpoint")
  }

  @Test func namesWhatIsWrong() throws {
    #expect(throws: ModelFileError.foreign(file: "m")) { try ModelMetadata([:], file: "m") }
    #expect(throws: ModelFileError.newerVersion(file: "m", found: 9, known: 1)) {
      try ModelMetadata(["format_version": "9", "kind": "something new"], file: "m")
    }
    #expect(throws: ModelFileError.absentMetadata(file: "m", key: "kind")) {
      try ModelMetadata(["format_version": "1"], file: "m")
    }
    #expect(throws: ModelFileError.self) {
      try ModelMetadata(["format_version": "1", "kind": "poem"])
    }
    var metadata = ModelMetadata(kind: .network)
    #expect(throws: ModelFileError.absentMetadata(file: "", key: "schema")) {
      try metadata.value(String.self, for: "schema")
    }
    #expect(throws: ModelFileError.self) { try metadata.set([Double.nan], for: "schema") }
    metadata["schema"] = "{"
    #expect(throws: ModelFileError.self) { try metadata.value(String.self, for: "schema") }
    #expect(
      ModelFileError.newerVersion(file: "m", found: 9, known: 1).description
        == "\"m\" has format version 9, and this program knows versions up to 1; "
        + "update the program.")
  }
}
