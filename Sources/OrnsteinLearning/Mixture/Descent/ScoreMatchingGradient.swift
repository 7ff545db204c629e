import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The gradient of the score-matching objective of a student, and its relation to a step of
/// expectation maximisation.
///
/// With the objective L = E|f(x) - f_*(x)|^2, where f_*(x) = x + score(x) of the true law, or a target y
/// with E[y | x] = f_*(x) in its place (the DDPM objective), and e = f - f_*:
///
///     1/2 dL/dtheta_j = E[rho_j e] + E[rho_j <e, theta_j - f> (x - theta_j)]
///     1/2 dL/dlogit_j = E[rho_j <e, theta_j - f>]
///
/// By Stein's identity under the true law, E[rho_j e] = E[rho_j] (theta_j - M_j) with
/// M_j = E[rho_j x] / E[rho_j], where expectation maximisation would put the centre. The second term
/// vanishes exponentially with the separation of the centres, so descent with steps 1 / (2 E[rho_j]) is
/// expectation maximisation there.
///
/// - Source: Shah, Chen, Klivans, arXiv 2307.01178, for two components and equal weights.
public struct ScoreMatchingGradient: Sendable, Equatable {
  /// E|f(x) - f_*(x)|^2, or with y in place of f_*: the same and E Var(y | x).
  public let objective: Double
  /// E[rho_j], the weights that expectation maximisation would take.
  public let responsibilities: [Double]
  /// M_j = E[rho_j x] / E[rho_j], one a row; theta_j where E[rho_j] is 0.
  public let maximisers: Batch<Double>
  /// E[rho_j e], one a row.
  public let residuals: Batch<Double>
  /// E[rho_j <e, theta_j - f> (x - theta_j)], one a row.
  public let corrections: Batch<Double>
  /// E[rho_j] (theta_j - M_j), one a row: equal to `residuals` where the target is exact.
  public let pulls: Batch<Double>
  /// Half of the gradient by the logits.
  public let halfLogits: [Double]
  /// E[rho_j^2 |theta_j - f|^2], the diagonal of half of the Gauss-Newton matrix of the logits.
  public let logitCurvatures: [Double]

  /// Half of the gradient by the centres, one a row.
  public var halfCentres: Batch<Double> {
    Batch(zip(residuals.elements, corrections.elements).map(+), dimension: residuals.dimension)
  }

  /// Half of the gradient of the tied student (theta, -theta): that by the first centre less that by
  /// the second.
  public var halfPair: [Double] {
    precondition(responsibilities.count == 2, "A pair has two centres.")
    let half = halfCentres
    return (0..<half.dimension).map { half[0, $0] - half[1, $0] }
  }

  init(_ sums: StudentSums) {
    let (layout, total) = (sums.layout, sums.total)
    let (k, n) = (layout.components, layout.dimension)
    let factor = 1 / total[layout.weight]
    func means(_ first: Int, _ count: Int) -> [Double] {
      (0..<count).map { factor * total[first + $0] }
    }
    objective = factor * total[layout.loss]
    let shares = means(layout.responsibilities, k)
    responsibilities = shares
    halfLogits = means(layout.logits, k)
    logitCurvatures = means(layout.curvatures, k)
    residuals = Batch(means(layout.residuals, k * n), dimension: n)
    corrections = Batch(means(layout.corrections, k * n), dimension: n)
    let positions = means(layout.positions, k * n)
    let centres = sums.student.centres
    maximisers = Batch(
      positions.indices.map { shares[$0 / n] > 0 ? positions[$0] / shares[$0 / n] : centres[$0] },
      dimension: n)
    pulls = Batch(
      positions.indices.map { shares[$0 / n] * centres[$0] - positions[$0] }, dimension: n)
  }

  /// The gradient under a known law, by an exact expectation.
  ///
  /// - Parameters:
  ///   - student: Whose gradient it is.
  ///   - truth: The law of x; a mixture with identity covariances or any other.
  ///   - lattice: Points and weights of the law, in few dimensions; the law's own if `nil`.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``DescentError`` or ``LatticeError``.
  public static func population(
    of student: MixtureStudent, truth: GaussianMixture<Double>,
    over lattice: LatticeExpectation? = nil,
    threads: Int = 1
  ) throws -> ScoreMatchingGradient {
    let lattice = try lattice ?? LatticeExpectation(of: truth)
    return try gradient(
      of: student, truth: truth, at: lattice.points, weights: lattice.weights, threads: threads)
  }

  /// The gradient under a known law, as a mean over points drawn from it, with the exact f_*.
  ///
  /// - Parameters:
  ///   - student: Whose gradient it is.
  ///   - truth: The law of x.
  ///   - points: Draws of the law.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``DescentError`` if the points do not fit.
  public static func population(
    of student: MixtureStudent, truth: GaussianMixture<Double>, at points: Batch<Double>,
    threads: Int = 1
  ) throws(DescentError) -> ScoreMatchingGradient {
    try gradient(of: student, truth: truth, at: points, weights: nil, threads: threads)
  }

  private static func gradient(
    of student: MixtureStudent, truth: GaussianMixture<Double>, at points: Batch<Double>,
    weights: [Double]?, threads: Int
  ) throws(DescentError) -> ScoreMatchingGradient {
    try DescentError.check(points, dimension: student.dimension, atLeast: 1)
    guard truth.dimension == student.dimension else {
      throw .wrongDimension(found: truth.dimension, expected: student.dimension)
    }
    let scores = truth.score(of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    let sums = try StudentSums(
      components: student.componentCount, dimension: student.dimension, threads: threads)
    sums.student.set(student)
    let n = student.dimension
    points.withUnsafeBufferPointer { points in
      scores.withUnsafeBufferPointer { scores in
        sums.run(points.count / n, hasTargets: true, isWeighted: weights != nil) { pass, range in
          for (place, row) in range.enumerated() {
            for axis in 0..<n {
              let x = points[row * n + axis]
              pass.points[place * n + axis] = x
              pass.targets[place * n + axis] = x + scores[row * n + axis]
            }
            if let weights { pass.weights[place] = weights[row] }
          }
        }
      }
    }
    return ScoreMatchingGradient(sums)
  }

  /// The gradient of the DDPM objective on data with fresh noise.
  ///
  /// x = e^{-t} x_0 + sigma xi and y = x - xi / sigma with sigma^2 = 1 - e^{-2t}. Each row of data comes
  /// twice, with xi and with -xi. The mean over xi is the gradient of the empirical objective.
  ///
  /// - Parameters:
  ///   - student: Whose gradient it is; its centres are theta, those of the noised law.
  ///   - data: Rows of x_0.
  ///   - time: t, the canonical time, above 0.
  ///   - key: The randomness of the noise.
  ///   - step: Which of the endless fresh noises.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``DescentError`` if the data do not fit.
  public static func denoising(
    of student: MixtureStudent, data: Batch<Double>, time: Double, key: NoiseKey, step: Int = 0,
    threads: Int = 1
  ) throws(DescentError) -> ScoreMatchingGradient {
    try DescentError.check(data, dimension: student.dimension, atLeast: 1)
    guard time > 0, time.isFinite else { throw .invalid(setting: "time", value: time) }
    let sums = try StudentSums(
      components: student.componentCount, dimension: student.dimension, threads: threads)
    sums.student.set(student)
    data.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      let batch = DenoisingBatch(
        base, dimension: data.dimension, time: time, scale: 1,
        stream: key.stream(.trainingNoise, step: step))
      sums.run(2 * data.count, hasTargets: true) { pass, range in
        batch.fill(range, of: pass) { $0 }
      }
    }
    return ScoreMatchingGradient(sums)
  }
}

extension MixtureStudent {
  /// The student after one step of expectation maximisation on points, of centres and weights.
  ///
  /// A component without any probability at the points stays where it is.
  ///
  /// - Throws: ``DescentError`` if the points do not fit.
  public func maximised(
    over points: Batch<Double>, threads: Int = 1
  ) throws(DescentError) -> MixtureStudent {
    try DescentError.check(points, dimension: dimension, atLeast: 1)
    let sums = try StudentSums(components: componentCount, dimension: dimension, threads: threads)
    sums.student.set(self)
    let n = dimension
    points.withUnsafeBufferPointer { points in
      sums.run(points.count / n, hasTargets: false) { pass, range in
        for index in 0..<range.count * n {
          pass.points[index] = points[range.lowerBound * n + index]
        }
      }
    }
    let step = ScoreMatchingGradient(sums)
    return MixtureStudent(
      centres: step.maximisers,
      logits: step.responsibilities.map { .log(max($0, .leastNormalMagnitude)) })
  }
}
