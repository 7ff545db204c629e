import OrnsteinDiffusion
import Testing

/// The law of all registers of an affine program on a normal target of one dimension, without drawing:
/// every instruction is an affine map of the registers, so means and covariances follow exactly.
struct GaussianProgramLaw {
  /// The mean of each register.
  private(set) var means: [Double] = []
  /// The covariances of the registers, row-major.
  private(set) var covariances: [[Double]] = []
  let target: (mean: Double, variance: Double)

  init(target: (mean: Double, variance: Double)) { self.target = target }

  func exact(at level: NoiseLevel) -> (mean: Double, variance: Double) {
    (
      level.alpha * target.mean,
      level.alpha * level.alpha * target.variance + level.sigma * level.sigma
    )
  }

  /// Runs a program from the exact law at a level.
  mutating func run(_ program: SamplerProgram, from level: NoiseLevel) {
    let count = program.registerCount
    means = Array(repeating: 0, count: count)
    covariances = Array(repeating: means, count: count)
    (means[0], covariances[0][0]) = exact(at: level)
    for instruction in program.instructions {
      switch instruction {
      case .begin, .apply: break
      case .fill(let register, let point): replace(register, point.values[0], [], variance: 0)
      case .combineColumns: Issue.record("The program is made for more than one column.")
      case .evaluate(let register, let level, let output):
        let law = exact(at: level)
        replace(output, law.mean / law.variance, [(-1 / law.variance, register)], variance: 0)
      case .combine(let combination):
        let deviation = combination.noise?.deviation ?? 0
        replace(
          combination.output, 0, combination.terms.map { ($0.coefficient, $0.register) },
          variance: deviation * deviation)
      }
    }
  }

  private mutating func replace(
    _ output: Register, _ constant: Double, _ terms: [(Double, Register)], variance: Double
  ) {
    let o = output.index
    let mean = terms.reduce(constant) { $0 + $1.0 * means[$1.1.index] }
    var row = means.indices.map { other in
      terms.reduce(0) { $0 + $1.0 * covariances[$1.1.index][other] }
    }
    row[o] = variance
    for a in terms {
      for b in terms { row[o] += a.0 * b.0 * covariances[a.1.index][b.1.index] }
    }
    means[o] = mean
    for other in means.indices {
      covariances[o][other] = row[other]
      covariances[other][o] = row[other]
    }
  }

  /// The Wasserstein-2 distance of the points to the exact law at a level.
  func distance(at level: NoiseLevel) -> Double {
    let law = exact(at: level)
    let shift = means[0] - law.mean
    let spread = covariances[0][0].squareRoot() - law.variance.squareRoot()
    return (shift * shift + spread * spread).squareRoot()
  }
}
