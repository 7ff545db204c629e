import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// A row comes out with the same bits whatever else is drawn and on how many threads.
@Suite struct DriverInvarianceTests {
  static let predictors =
    PredictorSpecification.all + [.denoisingDiffusionImplicit(eta: 0.5)]

  func check<Scalar>(_ predictor: PredictorSpecification, _ target: GaussianMixture<Scalar>) throws
  {
    for (law, finish) in zip(InitialLaw.allCases, [Finish.denoise, .rescale]) {
      let plan = SamplingPlan(
        grid: GridSpecification(.logSNR, steps: 9), predictor: predictor, initialLaw: law,
        finish: finish, seed: 31)
      let sampler = try plan.makeSampler(for: target)
      let whole = try sampler.draw(rows: 0..<1100, threads: 1)
      #expect(try sampler.draw(rows: 0..<1100, threads: 2) == whole)
      #expect(try sampler.draw(rows: 0..<1100, threads: 3) == whole)
      for rows in [0..<1, 255..<257, 256..<512, 100..<613, 1099..<1100, 5..<5] {
        #expect(try sampler.draw(rows: rows, threads: 2) == whole[rows], "rows \(rows)")
      }
      let late = try sampler.draw(rows: 4_000_000_000..<4_000_000_003, threads: 1)
      #expect(
        try sampler.draw(rows: 4_000_000_001..<4_000_000_002, threads: 1) == late[1..<2])
    }
  }

  @Test(arguments: predictors)
  func bitsDependOnNothingElse(_ predictor: PredictorSpecification) throws {
    try check(predictor, Targets.gm2(Float.self))
    try check(predictor, Targets.gm2(Double.self))
    try check(predictor, try GaussianMixture<Float>(Targets.description(file: "gmm40_d2")))
    try check(predictor, try GaussianMixture<Double>(Targets.description(file: "modes3_d1")))
  }

  /// The same canonical levels and the same noise give the same points up to the scale of the
  /// process, to rounding.
  ///
  /// `none` leaves points as they are on every process, so only it depends on the scale.
  @Test(arguments: predictors.filter { $0.name != "none" }, ProcessSpecification.all)
  func processesDifferByScaleOnly(
    _ predictor: PredictorSpecification, _ specification: ProcessSpecification
  ) throws {
    // Published in another form for processes that only add noise.
    if specification.name == "ve", publishedApart.contains(predictor.name) { return }
    let target = Targets.gm2(Double.self)
    let process = try specification.make()
    let canonical = try GridSpecification(.geometric, steps: 25, horizon: 2.5, stop: 0.01)
      .make(for: OrnsteinUhlenbeck.canonical)
    let grid = try TimeGrid(times: canonical.times.map { process.time(ofCanonicalTime: $0) })
    func draw(_ levels: [NoiseLevel]) throws -> [Double] {
      try Sampler(
        model: target, levels: levels,
        method: SamplingMethod(predictor: try predictor.make(), finish: .none),
        key: NoiseKey(seed: 32)
      ).draw(rows: 0..<400, threads: 1).elements
    }
    let levels = grid.levels(of: process)
    let scale = levels[25].scale
    let expected = try draw(canonical.levels(of: OrnsteinUhlenbeck.canonical))
    let points = try draw(levels).map { $0 / scale }
    // Each step amplifies a rounding of at most some 1e-15 / 0.01 by a bounded factor.
    #expect(agrees(points, expected, relative: 1e-9, absolute: 1e-9))
  }

  @Test func progressCountsEveryRow() throws {
    let sampler = try SamplingPlan(grid: GridSpecification(.uniform, steps: 2))
      .makeSampler(for: Targets.gm2(Float.self))
    let seen = Recorder()
    _ = try sampler.draw(rows: 10..<1000, threads: 2) { seen.append($0) }
    #expect(seen.values.last == 990)
    #expect(seen.values == seen.values.sorted())
    #expect(seen.values.count == 4)
  }
}
