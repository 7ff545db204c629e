import OrnsteinDiffusion
import OrnsteinNumerics
import Testing

/// Every option is checked, and what a method needs is asked for before anything is drawn.
@Suite struct LangevinErrorTests {
  @Test(arguments: [
    ("langevin", "step", 0.0), ("langevin", "step", .infinity), ("langevin", "steps", 0),
    ("langevin", "steps", 1.5), ("langevin", "unit", 2), ("song", "snr", 0), ("song", "snr", .nan),
    ("song", "batch-mean", 0.5), ("song", "decay", -1), ("song", "longest", -1),
    ("underdamped", "step", -1), ("underdamped", "friction", -1), ("underdamped", "steps", 1e9),
    ("underdamped-midpoint", "friction", .nan), ("mala", "step", 0), ("mala", "unit", 0.5),
  ])
  func correctorOptions(_ name: String, _ option: String, _ value: Double) {
    do {
      _ = try CorrectorSpecification(name: name, options: [option: value])
      Issue.record("\(name) took \(option) = \(value).")
    } catch {
      guard case .invalidOption(option, _, let requirement) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(requirement.hasPrefix("must be "))
    }
  }

  @Test(arguments: [
    ("langevin", "step", 0.0), ("langevin", "unit", 3), ("mala", "step", -1),
    ("underdamped", "friction", -0.1), ("dpom", "lipschitz", 0.9), ("dpom", "midpoint", 2),
    ("dpum", "lipschitz", .infinity), ("dpum", "corrector-time", 0), ("dpum", "corrector-step", 0),
    ("dpum", "corrector-step", 1e-7), ("dpum", "midpoint", 3),
  ])
  func predictorOptions(_ name: String, _ option: String, _ value: Double) {
    do {
      _ = try PredictorSpecification(name: name, options: [option: value])
      Issue.record("\(name) took \(option) = \(value).")
    } catch {
      guard case .invalidOption(option, value, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func acceptanceNeedsDensities() throws {
    let model = ClosureScore<Double>(dimension: 1) { points, _, score in
      for index in 0..<points.count { score[index] = -points[index] }
    }
    var plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 3), predictor: try .init(name: "mala"))
    #expect(throws: SamplingError.logDensityMissing) { try plan.makeSampler(for: model) }
    plan.predictor = .frozenDenoiser
    plan.corrector = try CorrectorSpecification(name: "mala")
    #expect(throws: SamplingError.logDensityMissing) { try plan.makeSampler(for: model) }
    #expect(SamplingError.logDensityMissing.description.contains("density"))
    _ = try plan.makeSampler(for: Targets.gm1(Double.self)).draw(rows: 0..<3, threads: 1)
  }

  /// Where the score vanishes, the ratio of noise to score says nothing and points stay.
  @Test(arguments: [0.0, 1])
  func vanishingScoresMoveNothing(batchMean: Double) throws {
    let model = ClosureScore<Float>(dimension: 2) { points, _, score in
      for index in 0..<points.count { score[index] = 0 }
    }
    var plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 3), predictor: try .init(name: "none"),
      finish: .none,
      corrector: try CorrectorSpecification(name: "song", options: ["batch-mean": batchMean]))
    let corrected = try plan.makeSampler(for: model).draw(rows: 0..<300, threads: 1)
    plan.corrector = nil
    #expect(try plan.makeSampler(for: model).draw(rows: 0..<300, threads: 1) == corrected)
  }

  @Test func badDensitiesAreNamed() throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 3), predictor: try .init(name: "mala"))
    do {
      _ = try plan.makeSampler(for: NoDensity()).draw(rows: 0..<3, threads: 1)
      Issue.record("A NaN left the sampler.")
    } catch let error as SamplingError {
      guard case .notFinite(0, 0, _, .step) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func unstableStepsAreNamed() throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 2000, horizon: 1, stop: 0.3),
      predictor: try .init(name: "langevin", options: ["step": 1e3]))
    #expect(throws: SamplingError.self) {
      try plan.makeSampler(for: Targets.gm1(Float.self)).draw(rows: 0..<3, threads: 1)
    }
  }

  /// Scores of N(0, 1) whose density is not a number.
  struct NoDensity: LogDensityModel {
    let dimension = 1
    let multiplyAddsPerPoint = 0

    func score(
      of points: Span<Double>, at level: NoiseLevel, into score: inout MutableSpan<Double>,
      workspace: Workspace
    ) {
      for index in 0..<points.count { score[index] = -points[index] }
    }

    func logDensity(
      of points: Span<Double>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
      workspace: Workspace
    ) {
      for index in 0..<points.count { output[index] = .nan }
    }
  }
}
