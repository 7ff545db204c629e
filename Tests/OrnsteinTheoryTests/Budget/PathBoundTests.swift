import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// The divergence of the paths is at least that of what comes out, on laws of every kind.
///
/// On the line the density of the points is propagated; products of such laws add; normal laws have
/// closed forms. Elsewhere the points are sorted into cells: merging points into cells lowers the
/// divergence, so that of the cells, up to its sampling error, is below that of the points.
@Suite struct PathBoundTests {
  static func plan(_ freezing: Freezing, _ steps: Int) -> SamplingPlan {
    SamplingPlan(
      grid: GridSpecification(.logSNR, steps: steps, horizon: 2, stop: 0.05),
      predictor: freezing.predictor, initialLaw: .process, finish: .none, seed: 31)
  }

  /// The marginal divergence on the line.
  static func marginal(
    _ target: some ExactTarget<Double>, _ plan: SamplingPlan
  ) throws -> Double {
    let oracle = try DensityOracle(target, grid: DensityGrid(-16...16, count: 4267))
    let levels = try plan.levels()
    return try oracle.compare(
      oracle.density(of: plan), withNoisedAt: levels[levels.count - 1]
    ).referenceToDensity
  }

  enum LineTarget: String, CaseIterable, Sendable {
    case gm1, modes, vertices, cube

    var target: any ExactTarget<Double> {
      get throws {
        switch self {
        case .gm1: Targets.gm1
        case .modes:
          Targets.mixture(
            [0.2, 0.5, 0.3], [[-3], [0.5], [4]], [.isotropic(0.25), .isotropic(0.04), .identity],
            Double.self)
        case .vertices: try CubeVertices<Double>(halfWidth: 1, dimension: 1)
        case .cube: try SolidCube<Double>(halfWidth: 1.5, dimension: 1)
        }
      }
    }
  }

  @Test(arguments: LineTarget.allCases, Freezing.allCases)
  func onTheLineAndInProducts(_ name: LineTarget, _ freezing: Freezing) throws {
    let target = try name.target
    for steps in [6, 12, 24] {
      let plan = Self.plan(freezing, steps)
      let path = try Budget(of: plan, for: target).path
      let marginal = try Self.marginal(target, plan)
      #expect(path.certainty == .exact)
      #expect(marginal > 0 && path.value >= marginal, "\(path.value) and \(marginal)")
    }
    // Four copies, and a product of two laws.
    let plan = Self.plan(freezing, 12)
    let product = try ProductTarget([target, target, Targets.gm1])
    let sum = 2 * (try Self.marginal(target, plan)) + (try Self.marginal(Targets.gm1, plan))
    let path = try Budget(of: plan, for: product).path.value
    #expect(path >= sum)
    let parts =
      2 * (try Budget(of: plan, for: target).path.value)
      + (try Budget(of: plan, for: Targets.gm1).path.value)
    #expect(agrees(path, parts, relative: 1e-9))
  }

  @Test(arguments: Targets.Normal.allCases, Freezing.allCases)
  func onNormalLaws(_ name: Targets.Normal, _ freezing: Freezing) throws {
    let oracle = try GaussianOracle(name.law)
    for steps in [6, 12, 24] {
      let plan = Self.plan(freezing, steps)
      let levels = try plan.levels()
      let marginal = try oracle.exactLaw(at: levels[steps]).klDivergence(
        to: oracle.law(of: plan))
      let budget = try Budget(of: plan, for: name.model(Double.self))
      #expect(budget.path.certainty == .exact && budget.path.value >= marginal)
      let start = try oracle.exactLaw(at: levels[0]).klDivergence(
        to: GaussianLaw(dimension: name.law.dimension, deviation: 1))
      #expect(agrees(budget.initialization.value, start, relative: 1e-9))
    }
  }

  @Test(
    arguments: [
      BudgetTarget.ring, .correlated, .sphere, .circle, .points, .constantError, .sinusoidalError,
    ], Freezing.allCases)
  func elsewhereByCells(_ name: BudgetTarget, _ freezing: Freezing) throws {
    let target = try name.make()
    let plan = Self.plan(freezing, 8)
    let path = try Budget(of: plan, for: target, rows: 4096, threads: 2).path
    let drawn = try plan.makeSampler(for: target).draw(rows: 0..<40_000, threads: 2)
    let level = try plan.levels()[8]
    var exact = target.drawExactly(rows: 0..<40_000, key: NoiseKey(seed: 41))
    var noise = exact
    noise.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 42).stream(.test), first: 0)
    }
    for row in 0..<exact.count {
      for axis in 0..<exact.dimension {
        exact[row, axis] = level.alpha * exact[row, axis] + level.sigma * noise[row, axis]
      }
    }
    for axis in 0..<target.dimension {
      let cells = cellDivergence(exact, drawn, axis: axis, cells: 24)
      // The plug-in of 24 cells and 40,000 points is 6e-4 too high on average.
      #expect(path.value >= cells, "\(path) and \(cells)")
    }
  }

  /// KL between the shares of points in cells of equal probability along a coordinate.
  private func cellDivergence(
    _ p: Batch<Double>, _ q: Batch<Double>, axis: Int, cells: Int
  ) -> Double {
    let sorted = (0..<p.count).map { p[$0, axis] }.sorted()
    let edges = (1..<cells).map { sorted[$0 * p.count / cells] }
    func shares(_ batch: Batch<Double>) -> [Double] {
      var counts = [Double](repeating: 0.5, count: cells)
      for row in 0..<batch.count {
        counts[edges.firstIndex { batch[row, axis] < $0 } ?? cells - 1] += 1
      }
      let total = counts.reduce(0, +)
      return counts.map { $0 / total }
    }
    return zip(shares(p), shares(q)).reduce(0) { $0 + $1.0 * .log($1.0 / $1.1) }
  }
}
