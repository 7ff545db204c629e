import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing

/// Runs a program on one number with a score of one's own: plain arithmetic, apart from the driver.
struct FlowReplay {
  var score: (Double, NoiseLevel) -> Double = {
    ExactFlow.score($0, alpha: $1.alpha, sigma: $1.sigma)
  }
  var noise: (Int) -> Double = { _ in .nan }
  /// Points by time on which the program is put, to give a multistep method an exact history.
  ///
  /// Whatever is evaluated at such a level is moved there, and so is the position where a step begins.
  var guide: [Double: Double] = [:]

  /// The point after the program; in `states`, those where steps begin.
  func run(_ program: SamplerProgram, from start: Double, states: inout [Double]) -> Double {
    var registers = [Double](repeating: .nan, count: program.registerCount)
    registers[0] = start
    for instruction in program.instructions {
      switch instruction {
      case .begin(_, let level):
        if let point = guide[level.time] { registers[0] = point }
        states.append(registers[0])
      case .evaluate(let register, let level, let output):
        if let point = guide[level.time] { registers[register.index] = point }
        registers[output.index] = score(registers[register.index], level)
      case .combine(let combination):
        var sum = 0.0
        for term in combination.terms {
          sum += term.coefficient * registers[term.register.index]
        }
        if let term = combination.noise { sum += term.deviation * noise(term.step) }
        registers[combination.output.index] = sum
      case .fill(let register, let point): registers[register.index] = point.values[0]
      case .combineColumns: Issue.record("The program is made for more than one column.")
      case .apply: Issue.record("The program is not affine.")
      }
    }
    return registers[0]
  }

  /// The point after the program.
  func run(_ program: SamplerProgram, from start: Double) -> Double {
    var states: [Double] = []
    return run(program, from: start, states: &states)
  }

  /// The point after a predictor's run along some levels.
  func run(
    _ predictor: any Predictor, along levels: [NoiseLevel], from start: Double
  ) throws -> Double {
    run(
      try SamplingMethod(predictor: predictor, finish: .none).program(along: levels), from: start)
  }
}

/// A predictor of the catalogue by name and options.
func predictor(_ name: String, _ options: [String: Double] = [:]) throws -> any Predictor {
  try PredictorSpecification(name: name, options: options).make()
}
