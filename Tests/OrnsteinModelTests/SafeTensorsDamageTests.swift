import OrnsteinModel
import OrnsteinTables
import Testing

@Suite struct SafeTensorsDamageTests {
  private func file(_ header: String, data: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
      + Array(repeating: 0, count: data)
  }

  @Test(arguments: [
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "not in the file"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "follow"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "does not fill"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "no tensor"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}}", 8, "not in the file"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 8, "not in the file"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "offsets"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "impossible"),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0,
      "impossible"
    ),
    (
      "{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}}", 0,
      "does not fill"
    ),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "overlaps"
    ),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "twice"
    ),
    ("{\"a\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2, "BF16"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "JSON"),
    ("{\"__metadata__\":{\"a\":1}}", 0, "JSON"),
    ("{\"__metadata__\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "form"),
    ("{\"a\":{\"b\":\"c\"}}", 0, "form"),
    ("{", 0, "JSON"), ("[]", 0, "JSON"), ("", 0, "JSON"),
  ])
  func namesWhatIsWrong(_ header: String, _ data: Int, _ word: String) throws {
    let error = try #require(throws: ModelFileError.self) {
      try SafeTensors(bytes: file(header, data: data), source: "m")
    }
    #expect(error.description.contains(word), "\(error.description)")
    #expect(error.description.contains("\"m\""))
  }

  @Test func refusesHostileLengths() {
    for length: [UInt8] in [
      [255, 255, 255, 255, 255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 0, 128],
      [0, 0, 0, 1, 0, 0, 0, 0],
      [9, 0, 0, 0, 0, 0, 0, 0],
    ] {
      #expect(throws: ModelFileError.self) { try SafeTensors(bytes: length + [123, 125]) }
    }
    #expect(throws: ModelFileError.self) { try SafeTensors(bytes: []) }
  }

  /// Every truncation is an error, and no changed byte stops the program.
  @Test func survivesDamage() {
    let whole = SafeTensorsTests.example.bytes
    for count in whole.indices {
      #expect(throws: ModelFileError.self) { try SafeTensors(bytes: Array(whole[..<count])) }
    }
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      var damaged = whole
      for _ in 0..<2 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % whole.count] = UInt8(truncatingIfNeeded: state >> 40)
      }
      _ = try? SafeTensors(bytes: damaged)
    }
  }

  @Test func namesAFileThatCannotBeRead() {
    let path = "/nonexistent/model.safetensors"
    #expect(throws: ModelFileError.file(FileError(path: path, action: .read, code: 2))) {
      try SafeTensors(contentsOf: path)
    }
    #expect(throws: ModelFileError.file(FileError(path: path, action: .create, code: 2))) {
      try SafeTensorsTests.example.write(to: path)
    }
  }
}
