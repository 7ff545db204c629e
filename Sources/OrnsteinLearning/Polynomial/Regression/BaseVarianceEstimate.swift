import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The variance of the data's own noise from the data.
///
/// It is at most the least eigenvalue of the covariance, and that where mu fills fewer dimensions than
/// there are: the mean then of those eigenvalues that the noise of a sample does not tell from the least.
/// From there down, the score of clean rows is fitted with cells of each size in turn and judged on held-out rows
/// by the implicit loss E‖s‖^2 + 2 div s; the largest variance whose loss is the least, to one
/// standard error, is taken.
struct BaseVarianceEstimate {
  /// The rows that are fitted to at most; half as many more are held out.
  static let rows = 10_000
  private static let candidates = 12

  let data: Batch<Double>
  let moments: DataMoments
  /// The rows in their random order.
  let order: [Int]
  let settings: PolynomialSettings
  let key: NoiseKey
  let threads: Int

  /// s_0^2; 0 where the data fill fewer dimensions than they have.
  func run() throws -> Double {
    let ceiling = try leastEigenvalue()
    guard ceiling > 0 else { return 0 }
    let held = min(Self.rows / 2, order.count / 3)
    let fitted = Array(order[held...].prefix(Self.rows))
    let heldOut = Array(order[..<held])
    var settings = settings
    settings.splitsRows = false
    let first = settings.highestVariance(data, moments, baseVariance: 0, last: ceiling)
    var variances = PolynomialSettings.addedVariances(
      from: first, to: ceiling, baseVariance: 0, ratio: settings.levelRatio)
    let start = variances.count - 1
    for _ in 1..<Self.candidates { variances.append(variances[variances.count - 1] / 2) }
    var (best, worse) = (ceiling, 0)
    var losses: [Double] = []
    var centres = [moments.mean]
    for (index, variance) in variances.enumerated() {
      func regression(addedVariance: Double) -> LevelRegression {
        LevelRegression(
          data: data, rows: fitted, addedVariance: addedVariance, variance: variance,
          settings: settings, key: key, index: index, threads: threads)
      }
      if index >= start {
        let clean = try regression(addedVariance: 0).run(centres: centres)
        let found = ImplicitLoss(cells: clean.cells, variance: variance).values(of: data, heldOut)
        if losses.isEmpty || Self.isBetter(found, losses) {
          (best, losses, worse) = (variance, found, 0)
        } else {
          worse += 1
        }
        if worse == 3 { break }
      }
      let cells = try regression(addedVariance: variance).run(centres: centres).cells
      centres = settings.cover(
        by: PolynomialLevel(addedVariance: variance, variance: variance, cells: cells), data,
        rows: fitted, key: key, index: index)
    }
    return best
  }

  /// Whether losses are below others by a standard error of the mean difference.
  private static func isBetter(_ losses: [Double], _ others: [Double]) -> Bool {
    let gains = zip(others, losses).map { $0 - $1 }
    let count = Double(max(gains.count, 1))
    let mean = gains.reduce(0, +) / count
    let square = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return mean > (square / count).squareRoot()
  }

  /// The mean of the eigenvalues like the least one; 0 where that is none.
  private func leastEigenvalue() throws(PolynomialError) -> Double {
    do {
      let values = try SymmetricEigendecomposition(
        of: moments.covariance, dimension: moments.dimension
      ).values
      let (least, most) = (values.first ?? 0, values.last ?? 0)
      guard least > 1e-9 * most else { return 0 }
      let noise = (Double(moments.dimension) / Double(data.count)).squareRoot()
      let edge = noise < 1 ? 1.1 * (1 + noise) * (1 + noise) / ((1 - noise) * (1 - noise)) : 1.1
      let alike = values.filter { $0 <= edge * least }
      return alike.reduce(0, +) / Double(alike.count)
    } catch {
      throw .linearAlgebra(error)
    }
  }
}
