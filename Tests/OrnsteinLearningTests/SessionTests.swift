import Foundation
import OrnsteinLearning
import OrnsteinNumerics
import TestSupport
import Testing

/// Runs of training: reproducible, resumable, and ending as they should.
@Suite struct SessionTests {
  static let shape = NetworkShape(dimension: 2, width: 32, hiddenLayers: 2, featureCount: 8)

  static func settings(
    steps: Int, batchSize: Int = 300, precision: NetworkPrecision? = nil
  ) -> TrainingSettings {
    TrainingSettings(
      optimizer: OptimizerSettings(schedule: LearningRateSchedule(peak: 3e-3, warmUpSteps: 10)),
      shape: shape, batchSize: batchSize, precision: precision, limit: .steps(steps),
      evaluations: 10)
  }

  /// Two clusters on the diagonal.
  static let data: Batch<Float> = {
    var data: Batch<Float> = TrainingStepTests.gaussian(500, 2)
    for row in 0..<500 {
      for j in 0..<2 { data[row, j] = data[row, j] * 0.3 + (row.isMultiple(of: 3) ? 1 : -1) }
    }
    return data
  }()

  private func expectSame(_ left: TrainedNetwork, _ right: TrainedNetwork) {
    #expect(left.tensors == right.tensors)
    var (a, b) = (left.record, right.record)
    (a.seconds, b.seconds) = (0, 0)
    #expect(a == b)
  }

  @Test(arguments: [NetworkPrecision.single, .bfloat16])
  func threadsDoNotChangeABit(precision: NetworkPrecision) throws {
    let settings = Self.settings(steps: 40, precision: precision)
    let one = try TrainingSession(data: Self.data, settings: settings, seed: 3)
    let expected = try one.run(threads: 1)
    for threads in [2, 3, 5] {
      let session = try TrainingSession(data: Self.data, settings: settings, seed: 3)
      expectSame(try session.run(threads: threads), expected)
      #expect(session.checkpoint().tensors == one.checkpoint().tensors)
    }
    let other = try TrainingSession(data: Self.data, settings: settings, seed: 4)
    #expect(try other.run(threads: 2).tensors != expected.tensors)
  }

  @Test(arguments: [(1, nil), (7, NetworkPrecision.bfloat16), (20, nil), (39, .single)])
  func resumedEqualsUninterrupted(stop: Int, precision: NetworkPrecision?) throws {
    let settings = Self.settings(steps: 40, precision: precision)
    let whole = try TrainingSession(data: Self.data, settings: settings, seed: 3)
    let expected = try whole.run(threads: 1)
    let first = try TrainingSession(data: Self.data, settings: settings, seed: 3)
    var saved: [TrainingCheckpoint] = []
    let stopped = try first.run(
      threads: 2, reporting: .steps(1), saveCheckpoint: { saved.append($0) },
      events: { $0.step == stop ? .stop : .continue })
    #expect(stopped.record.finish == .stopped && stopped.record.steps == stop)
    let checkpoint = try #require(saved.last)
    let written = try JSONEncoder().encode(checkpoint.state)
    let read = TrainingCheckpoint(
      tensors: checkpoint.tensors.reversed(),
      state: try JSONDecoder().decode(TrainingCheckpoint.State.self, from: written))
    let second = try TrainingSession(data: Self.data, resuming: read)
    expectSame(try second.run(threads: 1), expected)
    #expect(second.checkpoint().tensors == whole.checkpoint().tensors)
  }

  @Test func checkpointsDuringARunChangeNothing() throws {
    let session = try TrainingSession(data: Self.data, settings: Self.settings(steps: 30), seed: 3)
    var saved: [TrainingCheckpoint] = []
    let expected = try session.run(
      threads: 2, checkpointing: .steps(7), saveCheckpoint: { saved.append($0) })
    #expect(saved.map(\.state.step) == [7, 14, 21, 28, 30])
    for checkpoint in saved {
      let resumed = try TrainingSession(data: Self.data, resuming: checkpoint)
      expectSame(try resumed.run(threads: 1), expected)
    }
    struct DiskFull: Error {}
    let failing = try TrainingSession(data: Self.data, settings: Self.settings(steps: 30), seed: 3)
    #expect(throws: DiskFull.self) {
      try failing.run(
        threads: 1, checkpointing: .steps(5), saveCheckpoint: { _ in throw DiskFull() })
    }
  }

  @Test func foreignCheckpointsAreRefused() throws {
    let session = try TrainingSession(data: Self.data, settings: Self.settings(steps: 5), seed: 3)
    _ = try session.run(threads: 1)
    let checkpoint = session.checkpoint()
    var changed = Self.data
    changed[7, 1] += 1
    #expect {
      try TrainingSession(data: changed, resuming: checkpoint)
    } throws: { error in
      if case TrainingError.dataChanged = error { true } else { false }
    }
    var incomplete = checkpoint
    incomplete.tensors.removeAll { $0.name == "moment2.network.output.bias" }
    #expect {
      try TrainingSession(data: Self.data, resuming: incomplete)
    } throws: { "\($0)".contains("moment2.network.output.bias") }
    var damaged = checkpoint
    damaged.state.best = 99
    #expect(throws: TrainingError.self) {
      try TrainingSession(data: Self.data, resuming: damaged)
    }
  }

  @Test func eventsTellWhereTrainingStands() throws {
    let session = try TrainingSession(data: Self.data, settings: Self.settings(steps: 20), seed: 3)
    var events: [TrainingEvent] = []
    let trained = try session.run(
      threads: 1, reporting: .steps(1),
      events: {
        events.append($0)
        return .continue
      })
    #expect(events.map(\.step) == Array(1...20))
    #expect(events.dropLast().allSatisfy { $0.finished == nil && $0.totalSteps == 20 })
    let last = try #require(events.last)
    #expect(last.finished == .steps && last.remainingSeconds == 0)
    #expect(last.stepsPerSecond > 0 && last.pointsPerSecond > 0 && last.elapsedSeconds > 0)
    #expect(last.bestHeldOutLoss == trained.record.heldOutLoss)
    #expect(agrees(events[0].learningRate, 3e-3 / 4, relative: 1e-12))
    #expect(trained.record.history.map(\.step) == [0] + stride(from: 2, through: 20, by: 2))
    #expect(trained.record.rows == 500 && trained.record.heldOutRows == 50)
  }

  @Test func aTimeLimitFixesTheNumberOfStepsOnce() throws {
    // Each look at the clock takes 10 ms, three a step.
    var now = 0.0
    func clock() -> Double {
      now += 0.01
      return now
    }
    var settings = Self.settings(steps: 1)
    settings.limit = .minutes(0.25)
    settings.patience = nil
    let session = try TrainingSession(
      data: Self.data, settings: settings, seed: 3, clock: clock)
    var totals: [Int?] = []
    var saved: [TrainingCheckpoint] = []
    let trained = try session.run(
      threads: 1, reporting: .steps(1), checkpointing: .steps(100),
      saveCheckpoint: { saved.append($0) },
      events: {
        totals.append($0.totalSteps)
        return .continue
      })
    let fixed = Set(totals.compactMap(\.self))
    #expect(totals.first == .some(nil) && fixed.count == 1)
    #expect(trained.record.finish == .steps && trained.record.steps == fixed.first)
    #expect(trained.record.seconds > 10 && trained.record.seconds < 16.5)
    let resumed = try TrainingSession(
      data: Self.data, resuming: try #require(saved.dropLast().last))
    expectSame(try resumed.run(threads: 2), trained)
  }

  @Test func aSlowerMachineStillStopsInTime() throws {
    var (now, looks) = (0.0, 0)
    func clock() -> Double {
      looks += 1
      now += looks < 200 ? 0.01 : 0.1
      return now
    }
    var settings = Self.settings(steps: 1)
    settings.limit = .minutes(0.25)
    settings.patience = nil
    let session = try TrainingSession(data: Self.data, settings: settings, seed: 3, clock: clock)
    let record = try session.run(threads: 1).record
    #expect(record.finish == .time && record.seconds < 17)
    #expect(record.history.last?.step == record.steps)
  }

  @Test func withoutHeldOutRowsTheLastAverageIsTheModel() throws {
    var settings = Self.settings(steps: 20)
    settings.validationFraction = 0
    let session = try TrainingSession(data: Self.data, settings: settings, seed: 3)
    let trained = try session.run(threads: 1)
    #expect(trained.record.heldOutLoss == nil && trained.record.heldOutRows == 0)
    let averages = session.checkpoint().tensors.filter { $0.name.hasPrefix("average.") }
    #expect(averages.map(\.elements) == trained.tensors.map(\.elements))
  }

  /// Thirty points in eight dimensions are learned by heart soon, and the held-out loss rises.
  @Test func overfittingStopsAndTheBestComesBack() throws {
    let data: Batch<Float> = TrainingStepTests.gaussian(30, 8)
    let settings = TrainingSettings(
      optimizer: OptimizerSettings(
        schedule: LearningRateSchedule(peak: 5e-3, warmUpSteps: 20, floor: 1)),
      shape: NetworkShape(dimension: 8, width: 64, hiddenLayers: 2), batchSize: 128,
      limit: .steps(4_000), validationFraction: 0.3, evaluations: 200, patience: 10)
    let session = try TrainingSession(data: data, settings: settings, seed: 1)
    let trained = try session.run(threads: 2)
    let record = trained.record
    #expect(record.finish == .heldOutLoss && record.steps < 4_000)
    #expect(record.heldOutLoss == record.history.map(\.loss).min())
    #expect(record.modelStep < record.steps)
    #expect((record.history.last?.loss ?? 0) > (record.heldOutLoss ?? 0) * 1.01)
    let tensors = session.checkpoint().tensors
    let best = tensors.filter { $0.name.hasPrefix("best.") }.map(\.elements)
    let last = tensors.filter { $0.name.hasPrefix("average.") }.map(\.elements)
    #expect(trained.tensors.map(\.elements) == best && best != last)
  }
}
