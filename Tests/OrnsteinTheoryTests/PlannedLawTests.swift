import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// Planned samplers against closed forms on normal data and against the exact flow on mixtures.
@Suite struct PlannedLawTests {
  static func plan(_ predictor: PredictorSpecification, steps: Int) -> SamplingPlan {
    SamplingPlan(
      grid: GridSpecification(.logSNR, steps: steps), predictor: predictor,
      initialLaw: .momentMatched, seed: 3)
  }

  /// Normal data with independent coordinates is drawn exactly, in any number of steps.
  @Test(arguments: [1, 2, 5, 20])
  func normalDataIsExact(steps: Int) throws {
    let laws = [
      Targets.line, Targets.axes, Targets.Normal.diagonal3.law,
      GaussianLaw(mean: [3, -7, 0], covariance: [1e-4, 0, 0, 0, 2, 0, 0, 0, 50]),
    ]
    for law in laws {
      for predictor in [PredictorSpecification.plannedFlow, .plannedDiffusion()] {
        let found = try GaussianOracle(law).law(of: Self.plan(predictor, steps: steps))
        #expect(agrees(found.mean, law.mean, relative: 1e-9, absolute: 1e-9))
        #expect(agrees(found.covariance, law.covariance, relative: 1e-9, absolute: 1e-9))
      }
    }
  }

  /// Correlated data is drawn to the accuracy of a fit.
  @Test func correlatedNormalDataIsClose() throws {
    let law = Targets.Normal.full3.law
    for predictor in [PredictorSpecification.plannedFlow, .plannedDiffusion()] {
      let found = try GaussianOracle(law).law(of: Self.plan(predictor, steps: 20))
      #expect(try found.wassersteinDistance(to: law) < 1e-2)
    }
  }

  /// Three modes of different widths on the line, a ring of eight narrow ones, and five of different
  /// weights in three dimensions.
  enum Mixture: String, CaseIterable, Sendable {
    case modes, ring, unequal

    var model: GaussianMixture<Double> {
      switch self {
      case .modes:
        Targets.mixture(
          [0.2, 0.5, 0.3], [[-1.438], [0.216], [1.366]],
          [.isotropic(0.0116), .isotropic(0.105), .isotropic(0.0033)], Double.self)
      case .ring:
        Targets.mixture(
          Array(repeating: 0.125, count: 8), Self.octagon,
          Array(repeating: .isotropic(0.00125), count: 8), Double.self)
      case .unequal:
        Targets.mixture(
          [0.1, 0.15, 0.2, 0.25, 0.3],
          [[2, 0, 1], [-1, 1, 0], [0, -2, 0.5], [1, 1, -1], [-0.5, 0, -1.5]],
          [
            .isotropic(0.04), .isotropic(0.09), .isotropic(0.02), .isotropic(0.1), .isotropic(0.05),
          ],
          Double.self)
      }
    }

    private static let octagon: [[Double]] = (0..<8).map { index in
      let angle = Double(index) * Double.pi / 4
      return [1.4133 * Double.cos(angle), 1.4133 * Double.sin(angle)]
    }
  }

  /// The root mean square distance of the points to the exact images of their starts.
  func error(_ sampler: Sampler<Double>) throws -> Double {
    let count = 500
    let ways = try sampler.drawTrajectories(rows: 0..<count, threads: 2)
    let (d, states) = (ways.dimension, sampler.program.levels.count + 1)
    let first = sampler.levels[0]
    // To canonical coordinates, down to noise of deviation 1e-4, then the denoiser.
    let canonical = OrnsteinUhlenbeck.canonical
    let start = canonical.level(at: first.canonicalTime)
    let end = canonical.level(at: canonical.time(ofLogSNR: -.log(1e-4)))
    let factor = start.scale / first.scale
    let points = Batch(
      rows: (0..<count).map { row in (0..<d).map { ways[row * states, $0] * factor } })
    let images = sampler.model.denoiser(
      of: try FlowOracle(sampler.model, tolerance: 1e-9).images(of: points, from: start, to: end),
      at: end)
    var sum = 0.0
    for row in 0..<count {
      for axis in 0..<d {
        let difference = ways[row * states + states - 1, axis] - images[row, axis]
        sum += difference * difference
      }
    }
    return (sum / Double(count * d)).squareRoot()
  }

  /// In 20 evaluations the plan is several times closer to the flow than linear multistep on Karras
  /// levels of the same range.
  @Test(arguments: Mixture.allCases)
  func closerToTheFlowThanLinearMultistep(_ mixture: Mixture) throws {
    let model = mixture.model
    let planned = try Self.plan(.plannedFlow, steps: 20).makeSampler(for: model)
    var plan = Self.plan(.linearMultistep(), steps: 20)
    plan.grid = GridSpecification(
      .karras, steps: 20, horizon: planned.levels[0].time, stop: planned.levels[19].time,
      endsClean: true)
    let usual = try plan.makeSampler(for: model)
    #expect(planned.program.evaluations == usual.program.evaluations)
    let (ours, theirs) = (try error(planned), try error(usual))
    #expect(ours < 0.3 * theirs, "\(ours) against \(theirs)")
    #expect(ours < 5e-3)
  }

  /// Plans are made in sigma / alpha, so every process serves as well.
  @Test(arguments: ProcessSpecification.all)
  func everyProcessServes(_ process: ProcessSpecification) throws {
    var plan = Self.plan(.plannedFlow, steps: 20)
    plan.process = process
    #expect(try error(plan.makeSampler(for: Mixture.modes.model)) < 5e-3)
  }
}
