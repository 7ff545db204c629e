import OrnsteinDiffusion
import OrnsteinNumerics
import Testing

/// The predictors that are affine in the point, its score and a normal, one evaluation a step.
let affinePredictors = PredictorSpecification.all.filter {
  (try? $0.make()) is any AffinePredictor
}

/// An affine predictor by its specification.
func affine(_ predictor: PredictorSpecification) throws -> any AffinePredictor {
  try #require(try predictor.make() as? any AffinePredictor)
}

/// Runs a program on one point with noise of one's own: plain arithmetic, apart from the driver.
struct ProgramReplay {
  let score: ([Double], NoiseLevel) -> [Double]
  let noise: (NoisePurpose, Int) -> [Double]
  private(set) var registers: [[Double]] = []

  /// A replay of a mixture's score in one dimension, with the noise of each stream in order.
  init(
    _ mixture: GaussianMixture<Double>, noise: [Double] = [], correctorNoise: [Double] = []
  ) {
    score = { x, level in mixture.score(of: Batch(rows: [x]), at: level).elements.map { $0 } }
    self.noise = { purpose, step in [purpose == .corrector ? correctorNoise[step] : noise[step]] }
  }

  /// The point after the program.
  mutating func run(_ program: SamplerProgram, from start: [Double]) -> [Double] {
    registers = Array(
      repeating: Array(repeating: .nan, count: start.count), count: program.registerCount)
    registers[0] = start
    for instruction in program.instructions {
      switch instruction {
      case .begin: break
      case .evaluate(let register, let level, let output):
        registers[output.index] = score(registers[register.index], level)
      case .combine(let combination):
        var sum = [Double](repeating: 0, count: start.count)
        for term in combination.terms {
          for axis in sum.indices {
            sum[axis] += term.coefficient * registers[term.register.index][axis]
          }
        }
        if let noise = combination.noise {
          let normals = self.noise(noise.purpose, noise.step)
          for axis in sum.indices { sum[axis] += noise.deviation * normals[axis] }
        }
        registers[combination.output.index] = sum
      case .combineColumns(let combination):
        let normals = combination.noise.map { self.noise($0.purpose, $0.step) }
        registers[combination.output.index] = start.indices.map { axis in
          let column = combination.column(axis)
          return column.terms.reduce((column.noise?.deviation ?? 0) * (normals?[axis] ?? 0)) {
            $0 + $1.coefficient * registers[$1.register.index][axis]
          }
        }
      case .fill(let register, let point): registers[register.index] = point.values
      case .apply: Issue.record("The program is not affine.")
      }
    }
    return registers[0]
  }
}
