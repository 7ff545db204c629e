import Foundation
import Ornstein
import Testing

/// Fits of mixtures that are interrupted and gone on with.
@Suite struct MixtureCheckpointTests {
  static let learners: [MixtureCheckpoint.Learner] = [
    .search(MixtureSearch(covariances: [.diagonal, .full])),
    .search(MixtureSearch(components: [3], covariances: [.tied], goal: .heldOut)),
    .descent(ScoreMatchingDescent(components: 2, variance: .estimated)),
  ]

  static func table() throws -> Table {
    let law = try GaussianMixture<Double>(
      weights: [0.4, 0.6], means: [[0, 0], [4, 1]],
      covariances: [.full([[1, 0.5], [0.5, 1]]), .isotropic(0.6)])
    let points = law.drawExactly(rows: 0..<400, key: NoiseKey(seed: 5))
    return try Table(columns: [
      Column(name: "x", numbers: (0..<400).map { points[$0, 0] }),
      Column(
        name: "y", optionalNumbers: (0..<400).map { $0 % 7 == 2 ? nil : points[$0, 1] }),
    ])
  }

  static func learn(_ learner: MixtureCheckpoint.Learner) throws -> GaussianMixtureDescription {
    let model = try ResumableMixtureFit(try table(), learner: learner, seed: 3).run()
    return try #require(model.learned.mixture).description
  }

  /// Stops at events far apart, writes, reads and goes on, again and again; ends with the same bits.
  @Test(arguments: 0..<3, [1, 7, 17]) func resumesToTheSameBits(_ index: Int, every: Int) throws {
    let learner = Self.learners[index]
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.checkpoint").path
    let table = try Self.table()
    var fit = try ResumableMixtureFit(table, learner: learner, seed: 3)
    var found: TableModel?
    var interruptions = 0
    // Where nearly every event ends a run, the whole would take long.
    let most = every < 17 ? 40 : Int.max
    while found == nil {
      var events = 0
      do {
        found = try fit.run(
          threads: 1 + interruptions % 2, saveCheckpoint: { try $0.write(to: path) }
        ) { _ in
          events += 1
          return events < every || interruptions >= most
        }
      } catch is CancellationError {
        interruptions += 1
        guard case .mixture(let checkpoint) = try InterruptedFit(contentsOf: path) else {
          Issue.record("A checkpoint of a mixture is none.")
          return
        }
        fit = try ResumableMixtureFit(table, resuming: checkpoint)
      }
    }
    #expect(interruptions > 0)
    #expect(try #require(found?.learned.mixture).description == (try Self.learn(learner)))
  }

  @Test func otherRowsAndOtherLearnersAreRefused() throws {
    let table = try Self.table()
    var kept: MixtureFitCheckpoint?
    #expect(throws: CancellationError.self) {
      try ResumableMixtureFit(table, learner: Self.learners[0], seed: 3)
        .run(saveCheckpoint: { kept = $0 }) { _ in false }
    }
    let checkpoint = try #require(kept)
    #expect(throws: TrainingError.self) {
      try ResumableMixtureFit(
        table.selecting(rows: Array(0..<399)), resuming: checkpoint)
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.checkpoint").path
    try checkpoint.write(to: path)
    do {
      _ = try FitCheckpoint(contentsOf: path)
      Issue.record("A mixture was taken for a network.")
    } catch {
      #expect("\(error)".contains("--learner mixture --resume"), "\(error)")
    }
    var damaged = checkpoint
    damaged.learning.tensors = []
    do {
      _ = try ResumableMixtureFit(table, resuming: damaged)
      Issue.record("A checkpoint without numbers was taken.")
    } catch {
      #expect("\(error)".contains("absent or damaged"), "\(error)")
    }
  }

  @Test func anErrorOfSavingEndsTheFit() throws {
    struct Full: Error {}
    #expect(throws: Full.self) {
      try ResumableMixtureFit(try Self.table(), learner: Self.learners[0], seed: 3)
        .run(checkpointEvery: 0, saveCheckpoint: { _ in throw Full() })
    }
  }
}
