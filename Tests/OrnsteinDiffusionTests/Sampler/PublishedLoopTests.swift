import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Predictor and corrector together are the loops of Song et al., arXiv 2011.13456, written out here
/// with the same noise.
@Suite struct PublishedLoopTests {
  static let rows = 256
  let key = NoiseKey(seed: 61)
  let target = Targets.gm2(Double.self)

  func normals(_ purpose: NoisePurpose, _ step: Int) -> [[Double]] {
    let numbers = [Double](unsafeUninitializedCapacity: 2 * Self.rows) { buffer, count in
      DoubleKernels.normals(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<(2 * Self.rows)]),
        stream: key.stream(purpose, step: step), first: 0)
      count = 2 * Self.rows
    }
    return (0..<Self.rows).map { [numbers[2 * $0], numbers[2 * $0 + 1]] }
  }

  func scores(_ x: [[Double]], _ level: NoiseLevel) -> [[Double]] {
    let scores = target.score(of: Batch(rows: x), at: level)
    return (0..<Self.rows).map { [scores[$0, 0], scores[$0, 1]] }
  }

  func norm(_ v: [Double]) -> Double { (v[0] * v[0] + v[1] * v[1]).squareRoot() }

  /// One correction of algorithms 4 and 5.
  func correct(
    _ x: inout [[Double]], at level: NoiseLevel, factor: Double, snr: Double, batch: Bool,
    draw: inout Int
  ) {
    let (g, z) = (scores(x, level), normals(.corrector, draw))
    draw += 1
    let count = Double(Self.rows)
    let (meanG, meanZ) = (
      g.reduce(0) { $0 + norm($1) } / count, z.reduce(0) { $0 + norm($1) } / count
    )
    for row in x.indices {
      let ratio = snr * (batch ? meanZ / meanG : norm(z[row]) / norm(g[row]))
      let step = 2 * factor * ratio * ratio
      for i in 0..<2 { x[row][i] += step * g[row][i] + (2 * step).squareRoot() * z[row][i] }
    }
  }

  func start(_ deviation: Double) -> [[Double]] {
    normals(.initial, 0).map { $0.map { $0 * deviation } }
  }

  func draw(_ levels: [NoiseLevel], _ method: SamplingMethod) throws -> [Double] {
    try Sampler(model: target, levels: levels, method: method, key: key)
      .draw(rows: 0..<Self.rows, threads: 1).elements
  }

  /// The variance-exploding loop of the code: correct at sigma_i, then predict to sigma_{i+1}; the mean
  /// of the last prediction is the sample.
  @Test(arguments: [false, true], [1, 2])
  func codeExploding(batch: Bool, corrections: Int) throws {
    let sigmas = [10, 4, 1.5, 0.6, 0.2, 0.05]
    let levels = sigmas.enumerated().map { NoiseLevel(time: 6 - Double($0), alpha: 1, sigma: $1) }
    let corrector = try SignalToNoiseCorrector(ratio: 0.3, usesBatchMean: batch)
    let method = SamplingMethod(
      predictor: FrozenDenoiser(), corrector: corrector, correctorSteps: corrections,
      order: .beforePredictor, finish: .mean)
    var x = start(levels[0].scale)
    var count = 0
    for i in 0..<5 {
      for _ in 0..<corrections {
        correct(&x, at: levels[i], factor: 1, snr: 0.3, batch: batch, draw: &count)
      }
      let (s, z) = (scores(x, levels[i]), normals(.predictor, i))
      let gap = sigmas[i] * sigmas[i] - sigmas[i + 1] * sigmas[i + 1]
      let noise = i == 4 ? 0 : sigmas[i + 1] / sigmas[i] * gap.squareRoot()
      for row in x.indices {
        for axis in 0..<2 { x[row][axis] += gap * s[row][axis] + noise * z[row][axis] }
      }
    }
    let points = try draw(levels, method)
    #expect(agrees(points, x.flatMap { $0 }, relative: 1e-10, absolute: 1e-11))
    #expect(try method.program(along: levels).evaluations == 5 * (1 + corrections))
  }

  /// The variance-preserving loop of the paper: predict, then correct at the new level with the factor
  /// 1 - beta_i.
  @Test(arguments: [false, true])
  func paperPreserving(batch: Bool) throws {
    // betas[i] leads from level i to level i + 1 of the chain, cleanest first; data below level 0.
    let betas = [0.004, 0.02, 0.08, 0.2, 0.45, 0.7]
    var (power, chain) = (1.0, [NoiseLevel]())
    for (i, beta) in betas.enumerated() {
      power *= 1 - beta
      chain.append(
        NoiseLevel(
          time: Double(i + 1), alpha: power.squareRoot(), sigma: (1 - power).squareRoot()))
    }
    let levels = Array(chain.reversed())
    let method = SamplingMethod(
      predictor: FrozenDenoiser(), corrector: try SignalToNoiseCorrector(usesBatchMean: batch),
      order: .afterPredictor, finish: .none)
    var x = start(levels[0].scale)
    var count = 0
    for i in 0..<5 {
      let (t, s, beta) = (levels[i], levels[i + 1], betas[5 - i])
      // The posterior of the chain with the denoiser as its end: Ho et al., equation 7.
      let (g, z) = (scores(x, t), normals(.predictor, i))
      let (bar, below) = (t.alpha * t.alpha, s.alpha * s.alpha)
      let noise = (beta * (1 - below) / (1 - bar)).squareRoot()
      for row in x.indices {
        for axis in 0..<2 {
          let clean = (x[row][axis] + (1 - bar) * g[row][axis]) / t.alpha
          x[row][axis] =
            below.squareRoot() * beta / (1 - bar) * clean
            + (1 - beta).squareRoot() * (1 - below) / (1 - bar) * x[row][axis]
            + noise * z[row][axis]
        }
      }
      correct(&x, at: s, factor: 1 - betas[4 - i], snr: 0.16, batch: batch, draw: &count)
    }
    let points = try draw(levels, method)
    #expect(agrees(points, x.flatMap { $0 }, relative: 1e-9, absolute: 1e-10))
    #expect(try method.program(along: levels).evaluations == 10)
  }

  /// Metropolis decisions, row by row, with the uniforms of the rows.
  @Test func metropolis() throws {
    let levels =
      [OrnsteinUhlenbeck.canonical.level(at: 1.4)]
      + (1...6).map { OrnsteinUhlenbeck.canonical.level(at: 1.4 - Double($0) / 6) }
    let h = 1.1 * levels[6].sigma * levels[6].sigma
    var x = start(1)
    var accepted = 0
    func density(_ x: [[Double]]) -> [Double] {
      target.logDensity(of: Batch(rows: x), at: levels[6])
    }
    for step in 0..<6 {
      let (s, z) = (scores(x, levels[6]), normals(.predictor, step))
      let y = x.indices.map { row in
        (0..<2).map { x[row][$0] + h * s[row][$0] + (2 * h).squareRoot() * z[row][$0] }
      }
      let t = scores(y, levels[6])
      let (p, q) = (density(x), density(y))
      let uniforms = [Double](unsafeUninitializedCapacity: Self.rows) { buffer, count in
        DoubleKernels.uniforms(
          into: UnsafeMutableBufferPointer(rebasing: buffer[..<Self.rows]),
          stream: key.stream(.acceptance, step: step), first: 0)
        count = Self.rows
      }
      for row in x.indices {
        let back = norm((0..<2).map { x[row][$0] - y[row][$0] - h * t[row][$0] })
        let ahead = norm((0..<2).map { y[row][$0] - x[row][$0] - h * s[row][$0] })
        guard .log(uniforms[row]) <= q[row] - p[row] - (back * back - ahead * ahead) / (4 * h)
        else {
          continue
        }
        x[row] = y[row]
        accepted += 1
      }
    }
    let method = SamplingMethod(
      predictor: try MetropolisSampler(step: 1.1), finish: .none)
    #expect(agrees(try draw(levels, method), x.flatMap { $0 }, relative: 1e-11, absolute: 1e-12))
    #expect((200...6 * Self.rows - 200).contains(accepted))
    // The score of the point before is known from the second step on.
    #expect(try method.program(along: levels).evaluations == 7)
    // A corrector in between changes the point, and then it is not.
    let mixed = SamplingMethod(
      predictor: try MetropolisSampler(step: 1.1), corrector: try LangevinCorrector(), finish: .none
    )
    #expect(try mixed.program(along: levels).evaluations == 18)
  }

  /// The modes P, 2P, C2 and PC cost what their names say.
  @Test func modes() throws {
    let process = try VarianceExploding()
    func levels(_ steps: Int) throws -> [NoiseLevel] {
      try GridSpecification(.geometric, steps: steps).make(for: process).levels(of: process)
    }
    let corrector = try SignalToNoiseCorrector()
    for order in CorrectorOrder.allCases {
      for finish in [Finish.none, .rescale] {
        func cost(_ predictor: any Predictor, _ corrections: Int, steps: Int = 10) throws -> Int {
          try SamplingMethod(
            predictor: predictor, corrector: corrector, correctorSteps: corrections, order: order,
            finish: finish
          ).program(along: levels(steps)).evaluations
        }
        #expect(try cost(FrozenDenoiser(), 0) == 10)
        #expect(try cost(FrozenDenoiser(), 0, steps: 20) == 20)
        #expect(try cost(Unmoved(), 2) == 20)
        #expect(try cost(FrozenDenoiser(), 1) == 20)
        #expect(try cost(ProbabilityFlow(), 3) == 40)
      }
    }
  }

  /// The mean that ends a run is not spoiled by noise of a correction after it.
  @Test func meansAreFreeOfNoise() throws {
    let process = OrnsteinUhlenbeck.canonical
    let levels = [2, 1, 0.1].map { process.level(at: $0) }
    let method = SamplingMethod(
      predictor: FrozenDenoiser(), corrector: try LangevinCorrector(), order: .afterPredictor,
      finish: .mean)
    let program = try method.program(along: levels)
    #expect(program.evaluations == 3)
    let last = program.instructions.suffix(3)
    for case .combine(let combination) in last { #expect(combination.noise == nil) }
    // Corrections at a level without noise are left out.
    let clean = levels + [process.level(at: 0)]
    var other = method
    other.finish = .none
    #expect(try other.program(along: clean).evaluations == 5)
    for name in ["dpom", "dpum", "mala", "langevin", "underdamped"] {
      let plan = SamplingPlan(
        grid: GridSpecification(.uniform, steps: 4, horizon: 1, stop: 0.1),
        predictor: try PredictorSpecification(name: name), finish: .mean)
      let end = try plan.program().instructions.suffix(4)
      for case .combine(let combination) in end { #expect(combination.noise == nil, "\(name)") }
      _ = try plan.makeSampler(for: target).draw(rows: 0..<10, threads: 1)
    }
  }
}
