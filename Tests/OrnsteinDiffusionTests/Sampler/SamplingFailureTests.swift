import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Nothing that is not finite leaves a sampler; the step, the row and the cause are named instead.
@Suite struct SamplingFailureTests {
  let plan = SamplingPlan(
    grid: GridSpecification(.uniform, steps: 10, horizon: 1.0, stop: 0.1), predictor: .frozenScore)

  /// The score of N(0, 1) in two dimensions, spoiled below a time for points of a half plane.
  func model(below time: Double, _ spoiled: Double) -> ClosureScore<Double> {
    ClosureScore(dimension: 2) { points, level, score in
      for index in 0..<points.count { score[index] = -points[index] }
      guard level.time < time else { return }
      for row in 0..<points.count / 2 where points[2 * row] > 3 { score[2 * row + 1] = spoiled }
    }
  }

  @Test(arguments: [1, 2, 3])
  func badScoresAreNamed(threads: Int) throws {
    let sampler = try plan.makeSampler(for: model(below: 0.6, .nan))
    do {
      _ = try sampler.draw(rows: 0..<10_000, threads: threads)
      Issue.record("A NaN left the sampler.")
    } catch let error as SamplingError {
      guard case .notFinite(let step, let row, let time, .score) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(step >= 5 && time < 0.6)
      #expect(agrees(time, 1 - 0.09 * Double(step), relative: 1e-12))
      // The same row fails alone, and every row before it in its chunk is sound at that step.
      #expect(throws: error) { try sampler.draw(rows: row..<row + 1, threads: 1) }
      #expect(error.description.contains("Row \(row)"))
    }
  }

  @Test func overflowsAreNamed() throws {
    // One step of length 3 multiplies the score by 2 (e^3 - 1).
    var plan = plan
    plan.grid = GridSpecification(.uniform, steps: 1, horizon: 3.1, stop: 0.1)
    let model = ClosureScore<Double>(dimension: 1) { points, _, score in
      for index in 0..<points.count { score[index] = .greatestFiniteMagnitude }
    }
    #expect(throws: SamplingError.notFinite(step: 0, row: 7, time: 3.1, cause: .step)) {
      try plan.makeSampler(for: model).draw(rows: 7..<300, threads: 1)
    }
  }

  @Test func impureModelsAreNamed() throws {
    let calls = Recorder()
    let model = ClosureScore<Double>(dimension: 1) { points, _, score in
      for index in 0..<points.count { score[index] = calls.values.isEmpty ? .nan : -points[index] }
      calls.append(1)
    }
    #expect(
      throws: SamplingError.notFinite(step: 0, row: 0, time: 1, cause: .notReproduced)
    ) { try plan.makeSampler(for: model).draw(rows: 0..<5, threads: 1) }
  }

  @Test func momentsAreAskedFor() throws {
    var plan = plan
    plan.initialLaw = .momentMatched
    let model = model(below: 0, 0)
    #expect(throws: SamplingError.momentsMissing) { try plan.makeSampler(for: model) }
    #expect(throws: SamplingError.self) {
      try plan.makeSampler(for: model, moments: DataMoments(mean: [0], covariance: [1]))
    }
    #expect(throws: SamplingError.self) {
      try plan.makeSampler(
        for: model, moments: DataMoments(mean: [0, .nan], covariance: [1, 0, 0, 1]))
    }
    #expect(throws: SamplingError.self) {
      try plan.makeSampler(
        for: model, moments: DataMoments(mean: [0, 0], covariance: [-9, 0, 0, 1]))
    }
    _ = try plan.makeSampler(
      for: model, moments: DataMoments(mean: [0, 0], covariance: [1, 1, 1, 1]))
  }

  @Test func levelsMustLeadToData() throws {
    let model = model(below: 0, 0)
    func make(_ levels: [NoiseLevel]) throws {
      _ = try Sampler(
        model: model, levels: levels, method: SamplingMethod(predictor: FrozenScore()),
        key: NoiseKey(seed: 0))
    }
    let process = OrnsteinUhlenbeck.canonical
    #expect(throws: SamplingError.self) { try make([process.level(at: 1)]) }
    #expect(throws: SamplingError.self) { try make([process.level(at: 1), process.level(at: 2)]) }
    #expect(throws: SamplingError.self) {
      try make([NoiseLevel(time: 1, alpha: 0, sigma: 1), process.level(at: 0.1)])
    }
    #expect(throws: SamplingError.self) {
      try make([NoiseLevel(time: 1, alpha: .nan, sigma: 1), process.level(at: 0.1)])
    }
    try make([process.level(at: 2), process.level(at: 1), process.level(at: 0)])
  }

  @Test func rowsEndWithTheNoise() throws {
    let sampler = try plan.makeSampler(for: model(below: 0, 0))
    let limit = Int.max / 2
    #expect(throws: SamplingError.tooManyRows(last: limit + 1, limit: limit)) {
      try sampler.draw(rows: limit..<limit + 1, threads: 1)
    }
    #expect(try sampler.draw(rows: limit - 1..<limit, threads: 1).count == 1)
  }

  @Test func plansSurviveFiles() throws {
    let plan = SamplingPlan(
      process: .varianceExploding(maximum: 80),
      grid: GridSpecification(.karras, steps: 18, stop: 0.1, exponent: 5),
      predictor: .denoisingDiffusionImplicit(eta: 0.25), initialLaw: .momentMatched,
      finish: .denoise, seed: .max)
    let data = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(SamplingPlan.self, from: data) == plan)
    #expect(try plan.program().evaluations == 19)
  }
}
