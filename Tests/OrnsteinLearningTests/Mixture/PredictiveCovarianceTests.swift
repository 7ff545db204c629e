import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct PredictiveCovarianceTests {
  /// KL(N(0, I) || N(mean, factor * diag or matrix)), by the closed form.
  private static func divergence(
    mean: [Double], matrix: [[Double]], factor: Double
  ) throws -> Double {
    let d = mean.count
    let flat = matrix.flatMap { $0.map { factor * $0 } }
    let eigen = try SymmetricEigendecomposition(of: flat, dimension: d)
    var value = -Double(d)
    for axis in 0..<d {
      var projection = 0.0
      for i in 0..<d { projection += eigen.vectors[i * d + axis] * mean[i] }
      value += (1 + projection * projection) / eigen.values[axis] + .log(eigen.values[axis])
    }
    return value / 2
  }

  /// The factor is better than none, and than factors of half and one and a half times its excess.
  ///
  /// Of a normal law 24 rows are seen, 3000 times. Differences of the divergence from the truth are
  /// paired; each is positive by more than 5 of its standard errors.
  @Test(arguments: [CovarianceKind.full, .diagonal, .isotropic])
  func theFactorIsTheBest(kind: CovarianceKind) throws {
    let (d, rows, repeats) = (3, 24, 3000)
    let best = PredictiveCovariance(
      kind: kind, components: 1, dimension: d, rows: Double(rows)
    ).factor(weight: 1)
    #expect(best > 1)
    let others = [1, 1 + 0.5 * (best - 1), 1 + 1.5 * (best - 1)]
    var losses = others.map { _ in [Double]() }
    var numbers = [Double](repeating: 0, count: d * rows * repeats)
    numbers.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 8).stream(.test), first: 0)
    }
    for index in 0..<repeats {
      let x = Array(numbers[index * d * rows..<(index + 1) * d * rows])
      let mean = (0..<d).map { axis in
        (0..<rows).reduce(0) { $0 + x[$1 * d + axis] } / Double(rows)
      }
      var matrix = (0..<d).map { i in
        (0..<d).map { j in
          (0..<rows).reduce(0) { $0 + (x[$1 * d + i] - mean[i]) * (x[$1 * d + j] - mean[j]) }
            / Double(rows)
        }
      }
      if kind != .full {
        let diagonal = (0..<d).map { matrix[$0][$0] }
        let average = diagonal.reduce(0, +) / Double(d)
        for i in 0..<d {
          for j in 0..<d {
            matrix[i][j] = i != j ? 0 : kind == .isotropic ? average : diagonal[i]
          }
        }
      }
      let least = try Self.divergence(mean: mean, matrix: matrix, factor: best)
      for (other, factor) in others.enumerated() {
        losses[other].append(
          try Self.divergence(mean: mean, matrix: matrix, factor: factor) - least)
      }
    }
    for loss in losses {
      let mean = loss.reduce(0, +) / Double(repeats)
      let square = loss.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(repeats - 1)
      #expect(mean > 5 * (square / Double(repeats)).squareRoot())
    }
  }

  /// One component has the same factor tied or not, and many rows need none.
  @Test func formsAgree() {
    func factor(_ kind: CovarianceKind, _ components: Int, rows: Double, weight: Double) -> Double {
      PredictiveCovariance(kind: kind, components: components, dimension: 4, rows: rows)
        .factor(weight: weight)
    }
    let pairs: [(CovarianceKind, CovarianceKind)] = [
      (.tied, .full), (.tiedDiagonal, .diagonal), (.tiedIsotropic, .isotropic),
    ]
    for (tied, own) in pairs {
      #expect(
        agrees(
          factor(tied, 1, rows: 50, weight: 1), factor(own, 1, rows: 50, weight: 1),
          relative: 1e-12))
      #expect(factor(tied, 5, rows: 1e9, weight: 0.2) < 1 + 1e-7)
      #expect(factor(own, 5, rows: 1e9, weight: 0.2) < 1 + 1e-7)
    }
    #expect(factor(.identity, 3, rows: 10, weight: 0.5) == 1)
    #expect(factor(.full, 3, rows: 10, weight: 0.1) == 2)
  }
}
