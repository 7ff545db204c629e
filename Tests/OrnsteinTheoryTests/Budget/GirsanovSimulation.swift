import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule

/// The divergence of the paths by its definition: points of the reversed process at both ends of a
/// part of a step, drawn by exact transitions from data, and the squared distance of what the sampler
/// follows from the score.
struct GirsanovSimulation {
  let target: any ExactTarget<Double>
  let freezing: Freezing
  /// Ascending canonical times.
  let times: [Double]
  let key: NoiseKey

  /// The mean of blocks of rows, each with a random time of its own in every step, and its standard
  /// error.
  func run(blocks: Int, rows: Int) -> (value: Double, standardError: Double) {
    let totals = (0..<blocks).map { total(block: $0, rows: rows) }
    let n = Double(blocks)
    let mean = totals.reduce(0, +) / n
    let variance = totals.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    return (mean, (variance / n).squareRoot())
  }

  /// Every step of a block is looked at in eight places, evenly spread after a random shift, each with
  /// rows of its own.
  private func total(block: Int, rows: Int) -> Double {
    var shifts = [Double](repeating: 0, count: times.count)
    shifts.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(into: $0, stream: key.stream(.test, step: block), first: 0)
    }
    let (process, parts) = (OrnsteinUhlenbeck.canonical, 8)
    var sum = 0.0
    for part in 0..<parts {
      let first = block * rows + part * (rows / parts)
      let clean = target.drawExactly(rows: first..<first + rows / parts, key: key)
      for step in 1..<times.count {
        let (a, b) = (process.level(at: times[step - 1]), process.level(at: times[step]))
        let gap = a.logSNR - b.logSNR
        let place = (Double(part) + shifts[step]) / Double(parts)
        let middle = process.level(at: process.time(ofLogSNR: b.logSNR + gap * place))
        let transition = middle.transition(to: b)
        let stream = 2 * (step * parts + part)
        var early = clean
        combine(
          &early, clean, middle.alpha, normals(clean, block: block, step: stream), middle.sigma)
        var late = early
        combine(
          &late, early, transition.alphaRatio, normals(clean, block: block, step: stream + 1),
          max(transition.variance, 0).squareRoot())
        // dt = sigma^2 d lambda.
        sum +=
          gap * middle.sigma * middle.sigma / Double(parts)
          * meanSquare(early, at: middle, late, at: b)
      }
    }
    return sum
  }

  private func normals(_ like: Batch<Double>, block: Int, step: Int) -> Batch<Double> {
    var noise = like
    noise.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(
        into: $0, stream: key.stream(.test, step: 1_000_000 + block * 4096 + step), first: 0)
    }
    return noise
  }

  private func combine(
    _ output: inout Batch<Double>, _ x: Batch<Double>, _ a: Double, _ z: Batch<Double>, _ c: Double
  ) {
    for row in 0..<x.count {
      for axis in 0..<x.dimension { output[row, axis] = a * x[row, axis] + c * z[row, axis] }
    }
  }

  /// E|what the sampler takes for the score at the time of `early` - the true score there|^2.
  private func meanSquare(
    _ early: Batch<Double>, at t: NoiseLevel, _ late: Batch<Double>, at b: NoiseLevel
  ) -> Double {
    let exact = (target as? PerturbedScore<Double>)?.base ?? target
    let truth = exact.score(of: early, at: t)
    let frozen = target.score(of: late, at: b)
    var sum = 0.0
    for row in 0..<early.count {
      for axis in 0..<early.dimension {
        let (x, y, s) = (early[row, axis], late[row, axis], frozen[row, axis])
        let followed =
          switch freezing {
          case .score: s
          case .relativeScore: s + y - x
          case .denoiser:
            (t.alpha * (y + b.sigma * b.sigma * s) / b.alpha - x) / (t.sigma * t.sigma)
          case .noise: b.sigma * s / t.sigma
          }
        sum += (followed - truth[row, axis]) * (followed - truth[row, axis])
      }
    }
    return sum / Double(early.count)
  }
}
