import OrnsteinDiffusion
import OrnsteinNumerics
import Testing

/// The law of an affine program by brute force: the program is run in plain arithmetic on the zero
/// vector and on each unit vector of the start and of every noise, which gives the affine map from
/// all of them to the points and so mean and covariance.
struct LinearReplay {
  let mixture: GaussianMixture<Double>
  let program: SamplerProgram

  private struct Stream: Hashable {
    let purpose: NoisePurpose
    let step: Int
  }

  private var streams: [Stream] {
    var seen: Set<Stream> = []
    return program.instructions.compactMap { instruction in
      let stream: Stream
      switch instruction {
      case .combine(let combination):
        guard let noise = combination.noise else { return nil }
        stream = Stream(purpose: noise.purpose, step: noise.step)
      case .combineColumns(let combination):
        guard let noise = combination.noise else { return nil }
        stream = Stream(purpose: noise.purpose, step: noise.step)
      case .begin, .evaluate, .fill, .apply: return nil
      }
      return seen.insert(stream).inserted ? stream : nil
    }
  }

  private func run(from start: [Double], _ noises: [Stream: [Double]]) -> [Double] {
    let d = start.count
    var registers = Array(
      repeating: [Double](repeating: .nan, count: d), count: program.registerCount)
    registers[0] = start
    for instruction in program.instructions {
      switch instruction {
      case .begin: break
      case .evaluate(let register, let level, let output):
        registers[output.index] =
          mixture.score(of: Batch(rows: [registers[register.index]]), at: level).elements
      case .combine(let combination):
        var sum = [Double](repeating: 0, count: d)
        for term in combination.terms {
          for axis in 0..<d {
            sum[axis] += term.coefficient * registers[term.register.index][axis]
          }
        }
        if let noise = combination.noise,
          let normals = noises[Stream(purpose: noise.purpose, step: noise.step)]
        {
          for axis in 0..<d { sum[axis] += noise.deviation * normals[axis] }
        }
        registers[combination.output.index] = sum
      case .combineColumns(let combination):
        let normals = combination.noise.flatMap {
          noises[Stream(purpose: $0.purpose, step: $0.step)]
        }
        registers[combination.output.index] = (0..<d).map { axis in
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

  /// The moments of the points after a start N(0, deviation^2 I).
  func moments(startDeviation: Double) -> DataMoments {
    let d = mixture.dimension
    let zero = [Double](repeating: 0, count: d)
    let mean = run(from: zero, [:])
    var covariance = [Double](repeating: 0, count: d * d)
    func add(_ end: [Double]) {
      for i in 0..<d {
        for j in 0..<d { covariance[i * d + j] += (end[i] - mean[i]) * (end[j] - mean[j]) }
      }
    }
    for axis in 0..<d {
      var unit = zero
      unit[axis] = startDeviation
      add(run(from: unit, [:]))
      unit[axis] = 1
      for stream in streams { add(run(from: zero, [stream: unit])) }
    }
    return DataMoments(mean: mean, covariance: covariance)
  }
}
