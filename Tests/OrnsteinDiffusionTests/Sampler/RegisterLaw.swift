import OrnsteinDiffusion
import Testing

/// The law of all registers of an affine program on a target in one dimension whose score is affine:
/// their means and their covariance matrix, without drawing.
struct RegisterLaw {
  /// The slope and the offset of the score at a level.
  let score: (NoiseLevel) -> (slope: Double, offset: Double)
  var mean: [Double] = []
  var covariance: [[Double]] = []

  /// The registers while the target is N(mean, variance).
  init(mean: Double, variance: Double) {
    score = { level in
      let noised = level.alpha * level.alpha * variance + level.sigma * level.sigma
      return (-1 / noised, level.alpha * mean / noised)
    }
  }

  /// The registers while no score acts.
  init() { score = { _ in (0, 0) } }

  /// The mean and variance of the points after a program that starts from a normal law.
  mutating func run(
    _ program: SamplerProgram, from start: (mean: Double, variance: Double)
  ) -> (mean: Double, variance: Double) {
    let count = program.registerCount
    mean = Array(repeating: 0, count: count)
    covariance = Array(repeating: Array(repeating: 0, count: count), count: count)
    (mean[0], covariance[0][0]) = start
    for instruction in program.instructions {
      switch instruction {
      case .begin: break
      case .evaluate(let register, let level, let output):
        let (slope, offset) = score(level)
        assign([(slope, register.index)], offset: offset, noise: 0, to: output.index)
      case .combine(let combination):
        assign(
          combination.terms.map { ($0.coefficient, $0.register.index) }, offset: 0,
          noise: combination.noise?.deviation ?? 0, to: combination.output.index)
      case .fill(let register, let point):
        assign([], offset: point.values[0], noise: 0, to: register.index)
      case .combineColumns: Issue.record("The program is made for more than one column.")
      case .apply: Issue.record("The program is not affine.")
      }
    }
    return (mean[0], covariance[0][0])
  }

  private mutating func assign(
    _ terms: [(Double, Int)], offset: Double, noise: Double, to output: Int
  ) {
    let centre = terms.reduce(offset) { $0 + $1.0 * mean[$1.1] }
    let row = mean.indices.map { other in
      terms.reduce(0) { $0 + $1.0 * covariance[$1.1][other] }
    }
    let variance = terms.reduce(noise * noise) { $0 + $1.0 * row[$1.1] }
    mean[output] = centre
    for other in mean.indices {
      covariance[output][other] = row[other]
      covariance[other][output] = row[other]
    }
    covariance[output][output] = variance
  }
}

/// Only the corrections of a corrector at a level, as a program.
func program(of corrector: any Corrector, at level: NoiseLevel, times: Int = 1) throws
  -> SamplerProgram
{
  var builder = ProgramBuilder()
  builder.begin(step: 0, at: level)
  for _ in 0..<times { corrector.emit(at: 0, of: [level], into: &builder) }
  return try builder.build()
}
