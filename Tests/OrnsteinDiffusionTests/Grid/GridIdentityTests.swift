import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// What defines each kind of grid holds for its times.
@Suite struct GridIdentityTests {
  static let canonical = OrnsteinUhlenbeck.canonical

  func times(
    _ kind: GridKind, steps: Int = 12, horizon: Double = 4, stop: Double = 0.02,
    exponent: Double? = nil, floor: Double? = nil
  ) throws -> [Double] {
    try GridSpecification(
      kind, steps: steps, horizon: horizon, stop: stop, exponent: exponent, floor: floor
    ).make(for: Self.canonical).times
  }

  func differences(_ values: [Double]) -> [Double] {
    zip(values, values.dropFirst()).map { $0 - $1 }
  }

  func areEqual(_ values: [Double], relative: Double = 1e-9) -> Bool {
    values.allSatisfy { agrees($0, values[0], relative: relative) }
  }

  @Test func quadraticTimesAreSquares() throws {
    #expect(areEqual(differences(try times(.quadratic).map { $0.squareRoot() })))
    let fromZero = try times(.quadratic, steps: 10, stop: 0)
    for (k, time) in fromZero.reversed().enumerated() {
      #expect(agrees(time, 4 * Double(k * k) / 100, relative: 1e-12))
    }
    let cubic = try times(.quadratic, exponent: 3)
    #expect(areEqual(differences(cubic.map { .pow($0, 1.0 / 3) })))
  }

  @Test func karrasTakesItsExponent() throws {
    for exponent in [1.0, 2.5, 7] {
      let roots = try times(.karras, exponent: exponent).map {
        Double.pow(.expMinusOne(2 * $0), 0.5 / exponent)
      }
      #expect(areEqual(differences(roots)))
    }
  }

  /// Equal steps of the process's own time, on its own process.
  @Test func clockGridsAreUniformOnTheirProcess() throws {
    let cases: [(GridKind, ProcessSpecification)] = [
      (.linearBeta, .linearVariancePreserving()), (.cosine, .cosineVariancePreserving()),
      (.uniform, .ornsteinUhlenbeck), (.uniform, .slowOrnsteinUhlenbeck),
    ]
    for (kind, specification) in cases {
      let process = try specification.make()
      for stop in [process.defaultStop, 0] {
        let grid = try GridSpecification(kind, steps: 20, stop: stop).make(for: process)
        #expect(areEqual(differences(grid.times), relative: 1e-8), "\(kind) stop \(stop)")
      }
    }
  }

  /// B(0.3) / 2 of the linear rate and the cosine alpha-bar at 1/2 are midpoints of such grids.
  @Test func clockGridsMeetGoldenLevels() throws {
    let linear = try GridSpecification(
      .linearBeta, steps: 2, horizon: (0.06 + 9.95 * 0.36) / 2, stop: 0
    ).make(for: Self.canonical)
    #expect(agrees(linear.times[1], 0.46275))
    let cosine = try VariancePreserving(cosineOffset: 0.008)
    let grid = try GridSpecification(.cosine, steps: 2, horizon: 0.75, stop: 0.25)
      .make(for: cosine)
    let level = cosine.level(at: grid.times[1])
    #expect(agrees(level.alpha * level.alpha, 0.493843590440638))
    #expect(agrees(level.canonicalTime, 0.352768215234833))
  }

  @Test func bentonHalvesAreEqualAndGeometric() throws {
    for steps in [2, 11, 12] {
      let grid = try times(.benton, steps: steps)
      let above = grid.filter { $0 >= 1 }
      let below = grid.filter { $0 <= 1 }
      #expect(above.count == steps / 2 + 1 && below.count == steps - steps / 2 + 1)
      #expect(areEqual(differences(above)))
      #expect(areEqual(differences(below.map { .log($0) })))
    }
    #expect(areEqual(differences(try times(.benton, horizon: 0.9).map { .log($0) })))
    #expect(areEqual(differences(try times(.benton, stop: 1.5))))
    #expect(try times(.benton, steps: 1) == [4, 0.02])
  }

  /// One rate kappa = step / min(1, max(t, floor)) for all steps, t their upper end.
  @Test func exponentialThenConstantStepsHaveOneRate() throws {
    for (stop, floor) in [(0.0, 0.05), (0.001, nil), (0.2, 0.1), (0, 1)] {
      for steps in [1, 2, 7, 60] {
        let grid = try times(
          .exponentialThenConstant, steps: steps, stop: stop, floor: floor)
        let rates = zip(grid, grid.dropFirst()).map { high, low in
          (high - low) / min(1, max(high, floor ?? 0.01))
        }
        #expect(areEqual(rates, relative: 1e-8), "\(steps) steps to \(stop)")
      }
    }
  }

  /// A grid that ends clean is the shorter grid and one more step.
  @Test(arguments: GridKind.named, ProcessSpecification.all)
  func cleanEndsAddALevel(_ kind: GridKind, _ specification: ProcessSpecification) throws {
    if kind == .li, specification != .ornsteinUhlenbeck { return }
    let process = try specification.make()
    var grid = GridSpecification(kind, steps: 39)
    let noisy = try grid.levels(for: process)
    grid.endsClean = true
    grid.steps = 40
    let levels = try grid.levels(for: process)
    #expect(levels.count == 41 && levels.dropLast() == noisy[...])
    let clean = levels[40]
    #expect(clean.sigma == 0 && clean.alpha > 0)
    #expect(clean.time == process.timeRange.lowerBound)
    if process.level(at: clean.time).sigma == 0 {
      #expect(try grid.make(for: process).levels(of: process) == levels)
    } else {
      #expect(throws: GridError.noCleanTime) { try grid.make(for: process) }
    }
    grid.steps = 1
    if kind != .li { #expect(try grid.levels(for: process).count == 2) }
  }

  /// The 18 deviations of EDM from 80 to 0.002, then 0.
  @Test func karrasEndsAsInEDM() throws {
    let process = try VarianceExploding(minimum: 0.001, maximum: 100)
    let deviations = try GridSpecification(
      .karras, steps: 18, horizon: process.time(ofLogSNR: -.log(80)),
      stop: process.time(ofLogSNR: -.log(0.002)), endsClean: true
    ).levels(for: process).map(\.sigma)
    #expect(deviations.count == 19 && deviations[18] == 0)
    for (index, expected) in [
      (0, 80), (1, 57.585984721248), (8, 3.2568215197655), (16, 0.0075280199627841), (17, 0.002),
    ] {
      #expect(agrees(deviations[index], expected))
    }
  }
}
