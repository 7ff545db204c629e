import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Closed forms of the objective on Gaussian data of variance v: with M = v sigma^2 / (alpha^2 v +
/// sigma^2), the least errors are M for the denoiser, alpha^2 / sigma^2 M for the noise and
/// M / sigma^2 for the velocity.
@Suite struct ObjectiveTests {
  static let shape = NetworkShape(dimension: 4, width: 8, hiddenLayers: 1, featureCount: 2)
  static let count = 8_192

  /// The mean over coordinates of the squared error of `prediction` times x, and the network's inputs.
  private func loss(
    _ objective: TrainingObjective, variance: Double, logSNR: Double, prediction: Double
  ) -> (loss: Double, inputs: [Double]) {
    let (count, d) = (Self.count, Self.shape.dimension)
    let data = Batch<Double>(unsafeUninitializedCount: count, dimension: d) { values in
      DoubleKernels.normals(into: values, stream: NoiseKey(seed: 1).stream(.test), first: 0)
      for index in values.indices { values[index] *= variance.squareRoot() }
    }
    let points = NoisedRows<Double>(Self.shape, objective: objective, capacity: count)
    let pass = NetworkPass<Double>(Self.shape, capacity: count)
    for row in 0..<count { (points.rows[row], points.logSNRs[row]) = (row, logSNR) }
    data.withUnsafeBufferPointer { data in
      guard let data = data.baseAddress else { return }
      points.prepare(
        count, data: data, stream: NoiseKey(seed: 2).stream(.trainingNoise), first: 0,
        antithetic: false, pass: pass)
    }
    var inputs: [Double] = []
    for row in 0..<count {
      for j in 0..<d {
        let x = pass.input[row * pass.inputStride + j]
        inputs.append(x)
        pass.output[row * d + j] = prediction * x
      }
    }
    return (points.loss(count, pass: pass, gradientScale: nil) / Double(count), inputs)
  }

  /// With the false-alarm rate 1e-9 for each of 40 comparisons; squares of n normals have variance 2 n.
  private func isMeanSquare(_ value: Double, _ expected: Double) -> Bool {
    let n = Double(Self.count * Self.shape.dimension)
    return abs(value / expected - 1)
      <= StatisticalGate.threshold(falseAlarmRate: 1e-9) * (2 / n).squareRoot()
  }

  @Test(arguments: ScoreParametrization.allCases, [-7.0, -2, 0, 2, 9])
  func targetsAndInputsHaveUnitSizeAtEveryLevel(
    parametrization: ScoreParametrization, logSNR: Double
  ) {
    let (loss, inputs) = loss(
      TrainingObjective(parametrization: parametrization), variance: 1, logSNR: logSNR,
      prediction: 0)
    #expect(isMeanSquare(loss, 1))
    #expect(isMeanSquare(inputs.reduce(0) { $0 + $1 * $1 } / Double(inputs.count), 1))
  }

  @Test(arguments: ScoreParametrization.allCases, [-4.0, -1, 0, 1.5, 4])
  func bestPredictionHasTheLeastLoss(parametrization: ScoreParametrization, logSNR: Double) {
    let v = 0.3
    let (alpha, sigma) = (
      1 / (1 + Double.exp(-2 * logSNR)).squareRoot(), 1 / (1 + Double.exp(2 * logSNR)).squareRoot()
    )
    let total = alpha * alpha * v + sigma * sigma
    let m = v * sigma * sigma / total
    let (prediction, least): (Double, Double) =
      switch parametrization {
      case .noise: (sigma / total, alpha * alpha / (sigma * sigma) * m)
      case .score: (-sigma / total, alpha * alpha / (sigma * sigma) * m)
      case .denoiser: (alpha * v / total, m)
      case .velocity: (alpha * sigma * (1 - v) / total, m / (sigma * sigma))
      }
    let (loss, _) = loss(
      TrainingObjective(parametrization: parametrization), variance: v, logSNR: logSNR,
      prediction: prediction)
    #expect(isMeanSquare(loss, least))
  }

  /// Weighted least losses are those of the counted error, up to one factor for all levels.
  @Test(arguments: ScoreParametrization.allCases, ErrorWeighting.allCases)
  func weightsTurnOneErrorIntoAnother(
    parametrization: ScoreParametrization, weighting: ErrorWeighting
  ) {
    func least(_ counted: ScoreParametrization, _ alpha: Double, _ sigma: Double) -> Double {
      let m = 0.3 * sigma * sigma / (alpha * alpha * 0.3 + sigma * sigma)
      return switch counted {
      case .noise, .score: alpha * alpha / (sigma * sigma) * m
      case .denoiser: m
      case .velocity: m / (sigma * sigma)
      }
    }
    let objective = TrainingObjective(
      parametrization: parametrization, weighting: weighting,
      levels: .logNormal(mean: -1, deviation: 2), logSNRRange: -4...5)
    for logSNR in [-3.5, -1, 0.5, 4] {
      let (alpha, sigma) = (
        1 / (1 + Double.exp(-2 * logSNR)).squareRoot(),
        1 / (1 + Double.exp(2 * logSNR)).squareRoot()
      )
      let weighted = objective.relativeWeight(logSNR) * least(parametrization, alpha, sigma)
      let expected: Double =
        switch weighting {
        case .uniform: least(parametrization, alpha, sigma)
        case .noise: least(.noise, alpha, sigma)
        case .denoiser: least(.denoiser, alpha, sigma)
        case .velocity: least(.velocity, alpha, sigma)
        case .score: least(.noise, alpha, sigma) / (sigma * sigma)
        case .likelihood:
          // dt = sigma^2 d lambda and g^2 / 2 = 1, over the density that levels are drawn with.
          sigma * sigma * least(.noise, alpha, sigma) / (sigma * sigma)
            / objective.levels.density(logSNR, in: -4...5)
        }
      #expect(agrees(weighted, expected, relative: 1e-12))
    }
  }

  @Test(arguments: ErrorWeighting.allCases)
  func weightsHaveMeanOne(weighting: ErrorWeighting) {
    let objective = TrainingObjective(weighting: weighting, logSNRRange: -3...3)
    // Simpson's rule with 600 intervals over a smooth integrand.
    let (n, h) = (600, 0.01)
    let mean =
      (0...n).reduce(0.0) { sum, index in
        let factor = index == 0 || index == n ? 1.0 : index.isMultiple(of: 2) ? 2 : 4
        return sum + factor * objective.relativeWeight(-3 + h * Double(index))
      } * h / 18
    // The midpoint rule of the code errs by h^2 f'' / 24 with h = 6 / 4096.
    #expect(agrees(mean * objective.weightScale, 1, relative: 1e-5))
  }

  @Test func antitheticPairsShareRowsAndOppose() {
    let (d, count) = (Self.shape.dimension, 64)
    let data = Batch<Double>(count: 1, dimension: d)
    let points = NoisedRows<Double>(Self.shape, objective: TrainingObjective(), capacity: count)
    let pass = NetworkPass<Double>(Self.shape, capacity: count)
    for row in 0..<count { (points.rows[row], points.logSNRs[row]) = (0, 0) }
    data.withUnsafeBufferPointer { data in
      guard let data = data.baseAddress else { return }
      points.prepare(
        count, data: data, stream: NoiseKey(seed: 2).stream(.trainingNoise), first: 0,
        antithetic: true, pass: pass)
    }
    for row in stride(from: 0, to: count, by: 2) {
      for j in 0..<d {
        let (a, b) = (row * pass.inputStride + j, (row + 1) * pass.inputStride + j)
        #expect(pass.input[a] == -pass.input[b] && pass.input[a] != 0)
      }
    }
  }
}
