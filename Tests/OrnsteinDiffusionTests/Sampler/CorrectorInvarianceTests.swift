import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// What holds for every corrector of the catalogue.
@Suite struct CorrectorInvarianceTests {
  static let blockwise = try? CorrectorSpecification(
    name: "song", options: ["batch-mean": 1, "longest": 2])
  static let correctors = CorrectorSpecification.all + [blockwise].compactMap { $0 }

  func check<Scalar>(_ corrector: CorrectorSpecification, _ target: GaussianMixture<Scalar>) throws
  {
    for order in CorrectorOrder.allCases {
      let plan = SamplingPlan(
        grid: GridSpecification(.logSNR, steps: 4, stop: 0.01), finish: .none, seed: 51,
        corrector: corrector, correctorSteps: 2, correctorOrder: order)
      let sampler = try plan.makeSampler(for: target)
      let whole = try sampler.draw(rows: 0..<1100, threads: 1)
      #expect(try sampler.draw(rows: 0..<1100, threads: 2) == whole)
      #expect(try sampler.draw(rows: 0..<1100, threads: 3) == whole)
      for rows in [0..<1, 255..<257, 256..<512, 100..<613, 1099..<1100, 5..<5] {
        #expect(try sampler.draw(rows: rows, threads: 2) == whole[rows], "rows \(rows)")
      }
      let ways = try sampler.drawTrajectories(rows: 250..<260, threads: 2)
      for row in 0..<10 {
        #expect(ways[row * 6 + 5..<row * 6 + 6] == whole[250 + row..<251 + row])
      }
      let late = try sampler.draw(rows: 4_000_000_000..<4_000_000_003, threads: 1)
      #expect(try sampler.draw(rows: 4_000_000_001..<4_000_000_002, threads: 1) == late[1..<2])
    }
  }

  @Test(arguments: correctors)
  func bitsDependOnNothingElse(_ corrector: CorrectorSpecification) throws {
    try check(corrector, Targets.gm2(Float.self))
    try check(corrector, Targets.gm2(Double.self))
    try check(corrector, Targets.gm1(Float.self))
  }

  @Test func blocksAreCoupledOnRequest() throws {
    #expect(Self.correctors.count == CorrectorSpecification.all.count + 1)
    for corrector in Self.correctors {
      let plan = SamplingPlan(grid: GridSpecification(.logSNR, steps: 4), corrector: corrector)
      #expect(try plan.program().couplesRows == (corrector.parameters["batch-mean"] == 1))
      #expect(try plan.program().requiresLogDensity == (corrector.name == "mala"))
    }
  }

  /// The same canonical levels and the same noise give the same points up to the scale of the
  /// process, to rounding; the signal-to-noise corrector without its factor, which is by definition
  /// 1 for one process and 1 - beta for another.
  @Test(arguments: correctors, ProcessSpecification.all)
  func processesDifferByScaleOnly(
    _ specification: CorrectorSpecification, _ processSpecification: ProcessSpecification
  ) throws {
    var options = specification.parameters
    if specification.name == "song" { options["decay"] = 0 }
    let corrector = try CorrectorSpecification(name: specification.name, options: options).make()
    let target = Targets.gm2(Double.self)
    let process = try processSpecification.make()
    let canonical = try GridSpecification(.geometric, steps: 8, horizon: 2.5, stop: 0.01)
      .make(for: OrnsteinUhlenbeck.canonical)
    let grid = try TimeGrid(times: canonical.times.map { process.time(ofCanonicalTime: $0) })
    func draw(_ levels: [NoiseLevel]) throws -> [Double] {
      try Sampler(
        model: target, levels: levels,
        method: SamplingMethod(predictor: FrozenDenoiser(), corrector: corrector, finish: .none),
        key: NoiseKey(seed: 52)
      ).draw(rows: 0..<300, threads: 1).elements
    }
    let levels = grid.levels(of: process)
    let scale = levels[8].scale
    let expected = try draw(canonical.levels(of: OrnsteinUhlenbeck.canonical))
    let points = try draw(levels).map { $0 / scale }
    #expect(agrees(points, expected, relative: 1e-9, absolute: 1e-9))
  }

  @Test func specificationsAreNamed() throws {
    for corrector in CorrectorSpecification.all {
      let data = try JSONEncoder().encode(corrector)
      #expect(try JSONDecoder().decode(CorrectorSpecification.self, from: data) == corrector)
      for name in [corrector.name] + corrector.summary.aliases {
        #expect(try CorrectorSpecification(name: name) == corrector)
      }
    }
    let names = CorrectorSpecification.all.flatMap { [$0.name] + $0.summary.aliases }
    #expect(Set(names).count == names.count)
    #expect(throws: SamplingError.unknownCorrector("gibbs")) {
      try CorrectorSpecification(name: "gibbs")
    }
    #expect(throws: SamplingError.unknownOption(predictor: "song", option: "step")) {
      try CorrectorSpecification(name: "song", options: ["step": 1])
    }
  }
}
