import Foundation
import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// What every process must satisfy whatever its formulas.
@Suite struct ProcessIdentityTests {
  static let canonicalTimes = [1e-7, 1e-4, 0.01, 0.2, 0.7, 1.5, 3.0]

  /// The times of a process at the canonical times that it reaches.
  func times(of process: any ForwardProcess) -> [Double] {
    Self.canonicalTimes.map { process.time(ofCanonicalTime: $0) }
      .filter(process.timeRange.contains)
  }

  @Test(arguments: ProcessSpecification.all)
  func driftIsTheDerivativeOfLogAlpha(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    for time in times(of: process) where time > 1e-3 {
      let h = 1e-5 * time
      let (before, after) = (process.level(at: time - h), process.level(at: time + h))
      let slope = (Double.log(after.alpha) - .log(before.alpha)) / (2 * h)
      #expect(agrees(process.drift(at: time), slope, relative: 1e-6, absolute: 1e-7), "\(time)")
    }
  }

  @Test(arguments: ProcessSpecification.all)
  func diffusionIsTheGrowthOfNoise(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    for time in times(of: process) where time > 1e-3 {
      let h = 1e-5 * time
      let (before, after) = (process.level(at: time - h), process.level(at: time + h))
      let sigma = process.level(at: time).sigma
      let slope = (after.logSNR - before.logSNR) / (2 * h)
      #expect(
        agrees(process.squaredDiffusion(at: time), -2 * sigma * sigma * slope, relative: 1e-6),
        "\(time)")
    }
  }

  @Test(arguments: ProcessSpecification.all)
  func timesAreRecoveredFromLevels(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    for canonicalTime in Self.canonicalTimes {
      let time = process.time(ofCanonicalTime: canonicalTime)
      guard process.timeRange.contains(time) else { continue }
      let level = process.level(at: time)
      // The noise level is a function of a time that is rounded near 1, and of 0.01 50^t for VE.
      #expect(agrees(level.canonicalTime, canonicalTime, relative: 1e-10), "\(canonicalTime)")
      #expect(agrees(process.time(ofLogSNR: level.logSNR), time, relative: 1e-10))
    }
  }

  @Test(arguments: ProcessSpecification.all)
  func canonicalLevelsHaveUnitScale(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    for time in times(of: process) {
      let level = process.level(at: time)
      let canonical = level.canonical
      let expected = OrnsteinUhlenbeck.canonical.level(at: level.canonicalTime)
      #expect(agrees(canonical.alpha, expected.alpha, relative: 1e-12))
      #expect(agrees(canonical.sigma, expected.sigma, relative: 1e-12))
    }
  }

  @Test(arguments: ProcessSpecification.all)
  func transitionsCompose(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    let times = times(of: process)
    for (s, t) in zip(times, times.dropFirst()) {
      let (low, high) = (process.level(at: s), process.level(at: t))
      let transition = process.transition(from: s, to: t)
      let variance =
        transition.alphaRatio * transition.alphaRatio * low.sigma * low.sigma
        + transition.variance
      #expect(agrees(transition.alphaRatio * low.alpha, high.alpha, relative: 1e-13))
      #expect(agrees(variance, high.sigma * high.sigma, relative: 1e-12))
      // Joint law of (X_s, X_t) given X_0 by the bridge: mean and variance of X_s come back.
      let bridge = process.bridge(from: t, to: s)
      let mean = bridge.position * high.alpha + bridge.origin
      let spread = bridge.position * bridge.position * high.sigma * high.sigma + bridge.variance
      #expect(agrees(mean, low.alpha, relative: 1e-12))
      #expect(agrees(spread, low.sigma * low.sigma, relative: 1e-12))
    }
  }

  @Test func flowVelocityOfTheRectifiedFlowIsNoiseLessData() {
    // For x_0 = a, the score is ((1 - t) a - x) / t^2 and the velocity (x - a) / t.
    let (time, a, x) = (0.3, 1.7, 0.4)
    let (position, score) = RectifiedFlow().flowVelocity(at: time)
    let velocity = position * x + score * (0.7 * a - x) / (time * time)
    #expect(agrees(velocity, (x - a) / time, relative: 1e-14))
  }

  @Test(arguments: ProcessSpecification.all)
  func specificationsSurviveFiles(_ specification: ProcessSpecification) throws {
    let data = try JSONEncoder().encode(specification)
    #expect(try JSONDecoder().decode(ProcessSpecification.self, from: data) == specification)
    #expect(try ProcessSpecification(name: specification.name) == specification)
  }

  @Test func specificationsRefuseWhatCannotBe() throws {
    #expect(throws: ProcessError.unknownProcess("vp")) { try ProcessSpecification(name: "vp") }
    #expect(throws: ProcessError.unknownParameter(process: "ou", parameter: "beta-min")) {
      try ProcessSpecification(name: "ou", parameters: ["beta-min": 1])
    }
    for (name, parameters) in [
      ("vp-linear", ["beta-min": -1.0]), ("vp-linear", ["beta-max": 0]),
      ("vp-linear", ["beta-min": 30]), ("subvp", ["beta-max": .infinity]),
      ("vp-cosine", ["offset": 0]), ("ve", ["sigma-min": 0]), ("ve", ["sigma-max": 0.001]),
      ("ve", ["sigma-min": .nan]),
    ] {
      #expect(throws: ProcessError.self, "\(name) \(parameters)") {
        try ProcessSpecification(name: name, parameters: parameters)
      }
    }
    let text = #"{"name": "ve", "parameters": {"sigma-max": 20}}"#
    let read = try JSONDecoder().decode(ProcessSpecification.self, from: Data(text.utf8))
    #expect(read == .varianceExploding(minimum: 0.01, maximum: 20))
  }
}
