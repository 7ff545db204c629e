import Foundation
import Ornstein
import Testing

/// A model in memory and in its file.
@Suite struct TableModelTests {
  static let table = Result {
    let stream = NoiseKey(seed: 11).stream(.test)
    var normals = Batch<Double>(count: 400, dimension: 2)
    normals.withUnsafeMutableBufferPointer {
      Double.Kernels.normals(into: $0, stream: stream, first: 0)
    }
    let isWide = (0..<400).map { $0 % 5 == 0 }
    return try makeTable(normals, isWide)
  }

  static func makeTable(_ normals: Batch<Double>, _ isWide: [Bool]) throws -> Table {
    try Table(columns: [
      Column(name: "x", numbers: (0..<400).map { normals[$0, 0] * (isWide[$0] ? 3 : 1) }),
      Column(
        name: "y", optionalNumbers: (0..<400).map { $0 % 10 == 3 ? nil : normals[$0, 1] }),
      Column(name: "kind", text: isWide.map { $0 ? "wide" : "narrow" }),
    ])
  }

  static let settings = TrainingSettings(limit: .steps(60))

  static let model = Result {
    try fit(
      table.get(), learner: .network(settings, width: 32), process: .linearVariancePreserving(),
      seed: 2)
  }

  static func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent(
      "\(UUID().uuidString).safetensors"
    )
    .path
  }

  @Test func fileHoldsTheWholeModel() throws {
    let model = try Self.model.get()
    let path = Self.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    let read = try TableModel(contentsOf: path)
    #expect(read.schema == model.schema)
    #expect(read.process == model.process)
    #expect(read.record == model.record)
    #expect(read.moments == model.moments)
    #expect(read.learned.network?.score.tensors == model.learned.network?.score.tensors)
    let plan = model.plan(steps: 7)
    #expect(try read.sample(50, plan, seed: 3) == model.sample(50, plan, seed: 3))
  }

  @Test func mixturesAreKeptBitForBit() throws {
    let table = try Self.table.get()
    let schema = try Schema(of: table)
    let d = schema.dimension
    let mixture = try GaussianMixture<Double>(
      weights: [0.3, 0.7], means: [[Double](repeating: 0.1, count: d), (0..<d).map(Double.init)],
      covariances: [
        .diagonal((1...d).map { 1 / Double($0) }),
        .full((0..<d).map { i in (0..<d).map { $0 == i ? 2 : 1 / 3.0 } }),
      ])
    let model = try TableModel(
      schema: schema,
      learned: .mixture(
        mixture,
        LearningRecord(
          seed: 1, rows: 400, heldOutRows: 0, dataHash: "", seconds: 1, remarks: ["One."])),
      moments: mixture.moments, process: .ornsteinUhlenbeck)
    let path = Self.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    let read = try TableModel(contentsOf: path)
    #expect(read.record == model.record)
    #expect(read.learned.mixture?.description == mixture.description)
    #expect(try read.sample(20, seed: 3) == model.sample(20, seed: 3))
    let closed = try model.logDensities(of: table)
    let flow = try model.logDensities(of: table, DensitySettings(method: .flow))
    for (closed, flow) in zip(closed, flow) { #expect(abs(closed.value - flow.value) < 2e-2) }
  }

  @Test func samplesHaveTheSchemaOfTheTable() throws {
    let drawn = try Self.model.get().sample(500, seed: 1)
    #expect(drawn.names == ["x", "y", "kind"])
    #expect(drawn.rowCount == 500)
    #expect((10...120).contains(drawn["y"]?.missingCount ?? 0), "a tenth of y is missing")
    #expect(drawn["x"]?.missingCount == 0)
  }

  @Test func anInterruptedFitGoesOnFromItsFile() throws {
    let path = Self.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try Fit(
      Self.table.get(), settings: Self.settings, width: 32,
      process: .linearVariancePreserving(),
      seed: 2)
    _ = try first.run(
      threads: 1, reporting: .steps(1),
      events: { $0.step == 23 && $0.finished == nil ? .stop : .continue })
    try first.checkpoint().write(to: path)
    let checkpoint = try FitCheckpoint(contentsOf: path)
    #expect(checkpoint.training.state.step == 23)
    let resumed = try Fit(Self.table.get(), resuming: checkpoint).run(threads: 2)
    #expect(
      try resumed.learned.network?.score.tensors == Self.model.get().learned.network?.score.tensors)
    #expect(throws: ModelFileError.self) { try TableModel(contentsOf: path) }
  }

  /// A file with one thing changed.
  static func edited(_ change: (inout SafeTensors) -> Void) throws -> String {
    let path = temporaryPath()
    try model.get().write(to: path)
    var file = try SafeTensors(contentsOf: path)
    change(&file)
    try file.write(to: path)
    return path
  }

  @Test func damagedFilesAreNamed() throws {
    let damages: [(String, (inout SafeTensors) -> Void)] = [
      ("version 99", { $0.metadata["format_version"] = "99" }),
      ("\"schema\"", { $0.metadata["schema"] = nil }),
      ("\"scores\"", { $0.change("\"scores\":[", to: "\"score\":[", in: "schema") }),
      ("increasing scores", { $0.change("\"scores\":[", to: "\"scores\":[9,", in: "schema") }),
      (
        "\"decimals\"",
        { $0.change("{\"kind\":\"con", to: "{\"decimals\":-2,\"kind\":\"con", in: "schema") }
      ),
      ("\"network\"", { $0.metadata["network"] = "{}" }),
      ("\"training\"", { $0.metadata["training"] = "[" }),
      ("\"process\"", { $0.metadata["process"] = "{\"name\": \"browning\"}" }),
      ("moments.mean", { $0.tensors.removeAll { $0.name == "moments.mean" } }),
      ("network.output.bias", { $0.tensors.removeAll { $0.name == "network.output.bias" } }),
    ]
    for (words, damage) in damages {
      let path = try Self.edited(damage)
      defer { try? FileManager.default.removeItem(atPath: path) }
      let error = #expect(throws: ModelFileError.self) { try TableModel(contentsOf: path) }
      let sentence = error?.description ?? ""
      #expect(sentence.contains(words) && sentence.contains(path), "\(sentence)")
    }
  }

  /// Beyond what the numbers of the file can be counted by, too.
  @Test(arguments: [0, 2, Int.max]) func dimensionsOfAMixtureAreChecked(dimension: Int) throws {
    let mixture = try GaussianMixture<Double>(
      weights: [1], means: [[0]], covariances: [.diagonal([1])])
    let table = try Table(columns: [
      Column(name: "x", numbers: (0..<40).map { Double($0).squareRoot() })
    ])
    let record = LearningRecord(
      seed: 1, rows: 40, heldOutRows: 0, dataHash: "", seconds: 1, remarks: [])
    let path = Self.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try TableModel(
      schema: Schema(of: table), learned: .mixture(mixture, record), moments: mixture.moments,
      process: .ornsteinUhlenbeck
    ).write(to: path)
    _ = try TableModel(contentsOf: path)
    var file = try SafeTensors(contentsOf: path)
    file.change("\"dimension\":1", to: "\"dimension\":\(dimension)", in: "mixture")
    try file.write(to: path)
    let error = #expect(throws: ModelFileError.self) { try TableModel(contentsOf: path) }
    #expect(error?.description.contains("\"mixture\"") == true, "\(error?.description ?? "")")
  }

  @Test func momentsAreThoseOfThePoints() throws {
    let points = Batch<Float>(rows: [[1, 2], [3, 6], [5, 4]])
    let moments = DataMoments(of: points)
    #expect(moments.mean == [3, 4])
    let expected = [8.0 / 3, 4.0 / 3, 4.0 / 3, 8.0 / 3]
    #expect(zip(moments.covariance, expected).allSatisfy { abs($0 - $1) < 1e-15 })
  }
}

extension SafeTensors {
  /// Puts one text for another in a value of the metadata that holds it.
  fileprivate mutating func change(_ text: String, to new: String, in key: String) {
    let value = metadata[key] ?? ""
    precondition(value.contains(text), "\(text) is not in \(value).")
    metadata[key] = value.replacingOccurrences(of: text, with: new)
  }
}
