import OrnsteinNumerics
import RealModule

/// Parallel sampling: a block of steps solved together by Picard iteration, with the noise of the steps
/// fixed.
///
/// A block of M steps of lengths h_j from canonical times t_j, with noises z_j, starts from M copies of
/// its first point. A round evaluates the scores of all points, which may happen at once, and sweeps
///
///     x_{j+1} = e^{h_j} x_j + 2 (e^{h_j} - 1) score_{t_j}(old x_j) + sqrt(e^{2 h_j} - 1) z_j,
///
/// K rounds a block. Its fixed point is ``FrozenScore`` with the same noise, reached exactly after
/// K = M rounds; the error falls like (C t)^K / K! for a block of length t. Without noise the factor 2
/// and z are left out, and the fixed point is ``ProbabilityFlow``. Other processes are led to the
/// canonical one.
///
/// A corrector between the steps of a block moves the point, and the rest of the sweep goes on from
/// there with the scores that the rounds have found.
///
/// - Order: that of ``FrozenScore``, 1 in law, once the rounds have converged.
/// - Cost: scores that are already exact are not evaluated again: K M - K (K - 1) / 2 a block instead of
///   M, in K rounds instead of M; 3 M - 2 registers.
/// - Matches: ParaDiGMS with a fixed number of rounds and exact exponential steps.
/// - Limits: blocks longer than some units of canonical time over the Lipschitz constant of the score
///   need as many rounds as steps; long blocks take memory.
/// - Source: H. Chen, Ren, Ying, Rotskoff, arXiv 2405.15986, algorithm 1; Shih et al., arXiv 2305.16317.
public struct PicardIteration: Predictor {
  /// M, the steps of a block.
  public let block: Int
  /// K, the rounds of a block, at most M.
  public let rounds: Int
  /// What is solved.
  public let equation: Equation

  /// An equation that leads from noise to data.
  public enum Equation: Sendable {
    /// The reverse SDE.
    case reverseSDE
    /// The probability-flow ODE.
    case probabilityFlow
  }

  /// The rule.
  ///
  /// - Parameters:
  ///   - block: The steps of a block, 1 to 1000.
  ///   - rounds: The rounds of a block, 1 to `block`.
  ///   - equation: What is solved.
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)``.
  public init(
    block: Int = 10, rounds: Int = 5, equation: Equation = .reverseSDE
  ) throws(SamplingError) {
    self.block = try WholeNumberOption(name: "block", range: 1...1000).checked(block)
    self.rounds = try WholeNumberOption(name: "rounds", range: 1...block).checked(rounds)
    self.equation = equation
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "picard", aliases: ["piadm", "paradigms"],
    title: "reverse SDE, blocks of steps solved in parallel by Picard iteration", order: 1,
    evaluationsPerStep: 4, stochastic: "yes",
    source: "H. Chen, Ren, Ying, Rotskoff, arXiv 2405.15986, algorithm 1")

  /// Steps draw noise if the reverse SDE is solved.
  public var isStochastic: Bool { equation == .reverseSDE }

  private func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    isStochastic ? FrozenScore().step(from: t, to: s) : ProbabilityFlow().step(from: t, to: s)
  }

  /// The first step of a block finds its scores; each step then moves the point by its own.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let inBlock = index % block
    let count = min(block, levels.count - 1 - (index - inBlock))
    let keepsNoise = isStochastic && min(rounds, count) > 1
    if inBlock == 0 {
      iterate(Array(levels[index...index + count]), keepsNoise, into: &program)
    }
    let step = step(from: levels[index], to: levels[index + 1])
    var terms = [
      (step.position, Register.position), (step.score, program.register("score \(inBlock)")),
    ]
    if keepsNoise && inBlock < count - 1 {
      terms.append((step.noise, program.register("normal \(inBlock)")))
      program.combine(terms)
    } else {
      program.combine(terms, noise: step.noise)
    }
  }

  /// Leaves the scores of the last round in their registers.
  private func iterate(
    _ levels: [NoiseLevel], _ keepsNoise: Bool, into program: inout ProgramBuilder
  ) {
    let count = levels.count - 1
    let points = (0..<count).map { $0 == 0 ? .position : program.register("point \($0)") }
    let scores = (0..<count).map { program.register("score \($0)") }
    let normals = (0..<(keepsNoise ? count - 1 : 0)).map { number in
      let register = program.register("normal \(number)")
      program.drawNormals(into: register)
      return register
    }
    for number in points.indices.dropFirst() {
      program.combine(
        into: points[number], [(levels[number].scale / levels[0].scale, .position)])
    }
    for round in 0..<min(rounds, count) {
      if round > 0 {
        for number in points.indices.dropFirst() where number >= round {
          let step = step(from: levels[number - 1], to: levels[number])
          var terms = [(step.position, points[number - 1]), (step.score, scores[number - 1])]
          if keepsNoise { terms.append((step.noise, normals[number - 1])) }
          program.combine(into: points[number], terms)
        }
      }
      // The first points are exact by now, and their scores are known.
      for number in points.indices where number >= round {
        program.evaluate(points[number], at: levels[number], into: scores[number])
      }
    }
  }
}
