import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// The gradient of score matching on mixtures against numbers from independent quadrature, finite
/// differences and identities.
@Suite struct MixtureGradientTests {
  static func mixture(_ means: [[Double]], _ weights: [Double]) throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: weights, means: means,
      covariances: [MixtureCovariance](repeating: .identity, count: means.count))
  }

  static let pairTruth = [1.2, 0.4]
  static let pairStudent = [0.5, -0.3]

  static func pair(_ mean: [Double]) throws -> GaussianMixture<Double> {
    try mixture([mean, mean.map { -$0 }], [0.5, 0.5])
  }

  static func threeTruth() throws -> GaussianMixture<Double> {
    try mixture([[2, 0], [-1, 1.5], [-0.5, -2]], [0.5, 0.3, 0.2])
  }

  static let threeStudent = MixtureStudent(
    centres: [[2.3, -0.2], [-0.9, 1.9], [-0.8, -1.8]], weights: [0.5, 0.3, 0.2])

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func pairHasTheKnownGradient() throws {
    let gradient = try ScoreMatchingGradient.population(
      of: MixtureStudent(pair: Self.pairStudent), truth: Self.pair(Self.pairTruth))
    #expect(agrees(gradient.halfPair, [-0.4805974443, -0.4237545389], absolute: 1e-9))
    #expect(agrees(gradient.objective, 0.8773602944, absolute: 1e-9))
    #expect(
      agrees(gradient.maximisers.point(0), [0.78192833809, -0.06362699806], absolute: 1e-10))
    #expect(agrees(gradient.maximisers.point(1), [-0.78192833809, 0.06362699806], absolute: 1e-10))
    // theta - EM(theta) of the tied student is the sum of both pulls, each of which has weight 1/2.
    let pull = (0..<2).map { gradient.pulls[0, $0] - gradient.pulls[1, $0] }
    #expect(agrees(pull, [-0.28192833809, -0.23637300194], absolute: 1e-10))
  }

  @Test func threeComponentsHaveTheKnownGradient() throws {
    let gradient = try ScoreMatchingGradient.population(
      of: Self.threeStudent, truth: Self.threeTruth())
    #expect(
      agrees(
        gradient.maximisers.elements,
        [
          2.0458239797, -0.0582897618, -0.9215305126, 1.5868020795, -0.5957423259, -1.8404852279,
        ], absolute: 1e-8))
    #expect(
      agrees(
        gradient.halfCentres.elements,
        [0.1504173533, -0.1094400031, 0.0305023208, 0.1248693633, -0.0707865822, 0.0327818566],
        absolute: 1e-8))
    #expect(
      agrees(
        gradient.halfLogits, [-0.0074469009, -0.0010604435, 0.0085073444], absolute: 1e-8))
    #expect(agrees(gradient.objective, 0.1488894371, absolute: 1e-8))
  }

  /// 1/2 grad L = theta - EM(theta) + E[sech^2(<theta, x>) <theta, f - f_*> x] for the tied student.
  @Test func pairIsAPullAndACorrection() throws {
    let (theta, truth) = (Self.pairStudent, try Self.pair(Self.pairTruth))
    let lattice = try LatticeExpectation(of: truth)
    let gradient = try ScoreMatchingGradient.population(
      of: MixtureStudent(pair: theta), truth: truth, over: lattice)
    for axis in 0..<2 {
      let maximiser = lattice.mean { Double.tanh(Self.dot(theta, $0)) * $0[axis] }
      let correction = lattice.mean { x in
        let t = Double.tanh(Self.dot(theta, x))
        let f = theta.map { t * $0 }
        let s = Double.tanh(Self.dot(Self.pairTruth, x))
        let e = zip(f, Self.pairTruth).map { $0 - s * $1 }
        return (1 - t * t) * Self.dot(theta, e) * x[axis]
      }
      #expect(
        agrees(gradient.halfPair[axis], theta[axis] - maximiser + correction, absolute: 1e-12))
      let exposed = gradient.corrections[0, axis] - gradient.corrections[1, axis]
      #expect(agrees(exposed, correction, absolute: 1e-12))
    }
  }

  /// E[rho_j (f - f_*)] = E[rho_j] (theta_j - M_j) under any true law, by Stein's identity.
  @Test func residualsAreThePullsOfExpectationMaximisation() throws {
    let other = try GaussianMixture<Double>(
      weights: [0.4, 0.6], means: [[1, -1], [-1.5, 0.5]],
      covariances: [.full([[1.5, 0.4], [0.4, 0.7]]), .diagonal([0.8, 1.3])])
    for truth in [try Self.threeTruth(), other] {
      let gradient = try ScoreMatchingGradient.population(of: Self.threeStudent, truth: truth)
      #expect(
        agrees(gradient.residuals.elements, gradient.pulls.elements, relative: 0, absolute: 1e-10))
    }
  }

  /// The correction of components that are far apart is a vanishing part of the gradient.
  @Test func correctionVanishesWithSeparation() throws {
    let shares = try [1.0, 2, 4].map { scale in
      let means = [[2.0, 0], [-1, 1.5], [-0.5, -2]].map { $0.map { scale * $0 } }
      var student = Self.threeStudent
      for j in 0..<3 {
        for axis in 0..<2 { student.centres[j, axis] += means[j][axis] * (1 - 1 / scale) }
      }
      let gradient = try ScoreMatchingGradient.population(
        of: student, truth: Self.mixture(means, [0.5, 0.3, 0.2]),
        over: LatticeExpectation(of: Self.mixture(means, [0.5, 0.3, 0.2]), step: 0.05))
      func norm(_ batch: Batch<Double>) -> Double { Self.dot(batch.elements, batch.elements) }
      return (norm(gradient.corrections) / norm(gradient.pulls)).squareRoot()
    }
    #expect(shares[1] < 0.5 * shares[0])
    #expect(shares[2] < 1e-3)
  }

  @Test func populationGradientIsTheDerivative() throws {
    let truth = try Self.threeTruth()
    let lattice = try LatticeExpectation(of: truth)
    func objective(_ student: MixtureStudent) throws -> Double {
      try ScoreMatchingGradient.population(of: student, truth: truth, over: lattice).objective
    }
    let gradient = try ScoreMatchingGradient.population(
      of: Self.threeStudent, truth: truth, over: lattice)
    try Self.expectDerivatives(gradient, of: Self.threeStudent, objective)
  }

  @Test(arguments: [(2, 20), (3, 5), (7, 11), (1, 3)])
  func denoisingGradientIsTheDerivative(components: Int, dimension: Int) throws {
    let (student, data) = Self.random(components, dimension, rows: 301)
    func gradient(_ student: MixtureStudent) throws -> ScoreMatchingGradient {
      try ScoreMatchingGradient.denoising(
        of: student, data: data, time: 0.3, key: NoiseKey(seed: 5), step: 3)
    }
    try Self.expectDerivatives(try gradient(student), of: student) {
      try gradient($0).objective
    }
  }

  /// Central differences, whose error is of order h^2 and rounding / h.
  private static func expectDerivatives(
    _ gradient: ScoreMatchingGradient, of student: MixtureStudent,
    _ objective: (MixtureStudent) throws -> Double
  ) throws {
    let h = 1e-5
    let half = gradient.halfCentres
    for j in 0..<student.componentCount {
      for axis in 0..<student.dimension {
        var (up, down) = (student, student)
        up.centres[j, axis] += h
        down.centres[j, axis] -= h
        let difference = try (objective(up) - objective(down)) / (2 * h)
        #expect(agrees(2 * half[j, axis], difference, relative: 1e-6, absolute: 1e-8))
      }
      var (up, down) = (student, student)
      up.logits[j] += h
      down.logits[j] -= h
      let difference = try (objective(up) - objective(down)) / (2 * h)
      #expect(agrees(2 * gradient.halfLogits[j], difference, relative: 1e-6, absolute: 1e-8))
    }
  }

  static func normals(_ count: Int, _ dimension: Int, seed: UInt64) -> Batch<Double> {
    Batch(unsafeUninitializedCount: count, dimension: dimension) {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
  }

  static func random(_ k: Int, _ n: Int, rows: Int) -> (MixtureStudent, Batch<Double>) {
    let logits = normals(k, 1, seed: 3).elements.map { 0.5 * $0 }
    return (
      MixtureStudent(centres: normals(k, n, seed: 1), logits: logits), normals(rows, n, seed: 2)
    )
  }

  /// Every sum against loops that read like the formulas.
  @Test(arguments: [(2, 20), (5, 3), (10, 64), (33, 7)])
  func sumsAreThoseOfTheFormulas(components k: Int, dimension n: Int) throws {
    let (student, points) = Self.random(k, n, rows: 600)
    let truth = try Self.mixture(
      (0..<2).map { Self.normals(2, n, seed: 9).point($0) }, [0.3, 0.7])
    let gradient = try ScoreMatchingGradient.population(of: student, truth: truth, at: points)
    let scores = truth.score(of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    var (loss, shares, logits) = (
      0.0, [Double](repeating: 0, count: k), [Double](repeating: 0, count: k)
    )
    var curvatures = logits
    var residuals = [Double](repeating: 0, count: k * n)
    var (corrections, positions) = (residuals, residuals)
    for row in 0..<points.count {
      let x = points.point(row)
      let (rho, f) = (student.responsibilities(of: x), student(x))
      let e = (0..<n).map { f[$0] - x[$0] - scores[row, $0] }
      loss += Self.dot(e, e)
      for j in 0..<k {
        let theta = student.centres.point(j)
        let away = zip(theta, f).map { $0 - $1 }
        let c = rho[j] * Self.dot(e, away)
        shares[j] += rho[j]
        logits[j] += c
        curvatures[j] += rho[j] * rho[j] * Self.dot(away, away)
        for axis in 0..<n {
          residuals[j * n + axis] += rho[j] * e[axis]
          positions[j * n + axis] += rho[j] * x[axis]
          corrections[j * n + axis] += c * (x[axis] - theta[axis])
        }
      }
    }
    let count = Double(points.count)
    func means(_ sums: [Double]) -> [Double] { sums.map { $0 / count } }
    #expect(agrees(gradient.objective, loss / count))
    #expect(agrees(gradient.responsibilities, means(shares), absolute: 1e-12))
    #expect(agrees(gradient.halfLogits, means(logits), absolute: 1e-12))
    #expect(agrees(gradient.logitCurvatures, means(curvatures), absolute: 1e-12))
    #expect(agrees(gradient.residuals.elements, means(residuals), absolute: 1e-12))
    #expect(agrees(gradient.corrections.elements, means(corrections), absolute: 1e-12))
    #expect(
      agrees(
        gradient.maximisers.elements,
        positions.indices.map { positions[$0] / shares[$0 / n] }, absolute: 1e-10))
    let step = try student.maximised(over: points)
    #expect(agrees(step.centres.elements, gradient.maximisers.elements, absolute: 1e-12))
    #expect(agrees(step.weights, gradient.responsibilities, absolute: 1e-12))
  }

  /// The mini-batch gradient has the mean of the population gradient of the noised law: z-tests, each
  /// of which fails for correct code with probability 1e-6.
  @Test func denoisingGradientIsUnbiased() throws {
    let (truth, student, time) = (try Self.threeTruth(), Self.threeStudent, 0.4)
    let alpha = Double.exp(-time)
    let level = NoiseLevel(time: time, alpha: alpha, sigma: (1 - alpha * alpha).squareRoot())
    let exact = try ScoreMatchingGradient.population(of: student, truth: truth.noised(at: level))
    let key = NoiseKey(seed: 11)
    let (batches, rows) = (64, 2_000)
    let found = try (0..<batches).map { step in
      try ScoreMatchingGradient.denoising(
        of: student, data: truth.drawExactly(rows: step * rows..<(step + 1) * rows, key: key),
        time: time, key: key, step: step)
    }
    for j in 0..<3 {
      for axis in 0..<2 {
        #expect(
          StatisticalGate.meanAgrees(
            found.map { $0.halfCentres[j, axis] }, expected: exact.halfCentres[j, axis],
            falseAlarmRate: 1e-6))
      }
      #expect(
        StatisticalGate.meanAgrees(
          found.map { $0.halfLogits[j] }, expected: exact.halfLogits[j], falseAlarmRate: 1e-6))
    }
  }

  /// grad L -> 4 (theta theta^T - theta_* theta_*^T) theta with relative error of the order of the
  /// squared scale.
  @Test func highNoiseIsPowerIteration() throws {
    let errors = try [0.2, 0.1, 0.05].map { scale in
      let (theta, truth) = (Self.pairStudent.map { scale * $0 }, Self.pairTruth.map { scale * $0 })
      let gradient = try ScoreMatchingGradient.population(
        of: MixtureStudent(pair: theta), truth: Self.pair(truth)
      ).halfPair.map { 2 * $0 }
      let (own, along) = (Self.dot(theta, theta), Self.dot(theta, truth))
      let limit = (0..<2).map { 4 * (own * theta[$0] - along * truth[$0]) }
      let difference = zip(gradient, limit).map { $0 - $1 }
      return (Self.dot(difference, difference) / Self.dot(limit, limit)).squareRoot()
    }
    #expect(agrees(errors, [2.4e-2, 6.1e-3, 1.5e-3], relative: 0.03))
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let (student, data) = Self.random(4, 9, rows: 5_003)
    let one = try ScoreMatchingGradient.denoising(
      of: student, data: data, time: 0.2, key: NoiseKey(seed: 1))
    for threads in 2...3 {
      let other = try ScoreMatchingGradient.denoising(
        of: student, data: data, time: 0.2, key: NoiseKey(seed: 1), threads: threads)
      #expect(one == other)
    }
  }

  @Test func refusesPointsThatDoNotFit() throws {
    let (student, data) = Self.random(2, 3, rows: 10)
    #expect(throws: DescentError.wrongDimension(found: 2, expected: 3)) {
      try ScoreMatchingGradient.denoising(
        of: student, data: Self.normals(4, 2, seed: 1), time: 0.2, key: NoiseKey(seed: 1))
    }
    #expect(throws: DescentError.invalid(setting: "time", value: 0)) {
      try ScoreMatchingGradient.denoising(
        of: student, data: data, time: 0, key: NoiseKey(seed: 1))
    }
    var broken = data
    broken[4, 1] = .nan
    #expect(throws: DescentError.dataNotFinite(row: 4, column: 1)) {
      try student.maximised(over: broken)
    }
  }
}
