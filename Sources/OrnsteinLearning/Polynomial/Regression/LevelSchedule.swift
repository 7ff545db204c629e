import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

extension PolynomialSettings {
  /// t of each level.
  ///
  /// - Throws: ``PolynomialError/setting(name:value:expected:)`` where neither the data nor the last
  ///   level have any noise.
  func schedule(
    _ data: Batch<Double>, _ moments: DataMoments, baseVariance: Double
  ) throws(PolynomialError) -> [Double] {
    let n = data.dimension
    let trace = (0..<n).reduce(0) { $0 + moments.covariance[$1 * n + $1] }
    // Data in one point have no scale of their own but the rounding of their place.
    let rounding = moments.mean.reduce(1e-24) { max($0, 1e-24 * $1 * $1) }
    let stop = stop ?? (baseVariance > 0 ? 0 : max(1e-4 * trace / Double(n), rounding))
    let last = baseVariance + stop
    guard last > 0 else {
      throw .setting(
        name: "stop", value: "\(stop)",
        expected: "positive for these data, whose own noise is estimated as 0")
    }
    return Self.addedVariances(
      from: highestVariance(data, moments, baseVariance: baseVariance, last: last), to: last,
      baseVariance: baseVariance, ratio: levelRatio)
  }

  /// tau^2 of the first level: tau is twice the radius of mu, as 99 % of the rows tell it.
  func highestVariance(
    _ data: Batch<Double>, _ moments: DataMoments, baseVariance: Double, last: Double
  ) -> Double {
    let n = data.dimension
    let trace = (0..<n).reduce(0) { $0 + moments.covariance[$1 * n + $1] }
    let squares = data.withUnsafeBufferPointer { elements in
      (0..<data.count).map { row in
        (0..<n).reduce(0.0) { sum, j in
          let difference = elements[row * n + j] - moments.mean[j]
          return sum + difference * difference
        }
      }.sorted()
    }
    let wide = squares[Int(0.99 * Double(data.count - 1))] - Double(n) * baseVariance
    return max(4 * max(wide, trace - Double(n) * baseVariance, 0), 2 * last)
  }

  /// The centres of balls of radius c tau sqrt(2 log(1 / alpha_min)) that cover the posterior means that
  /// a level's polynomials give for some fresh noised rows.
  func cover(
    by level: PolynomialLevel, _ data: Batch<Double>, rows: [Int], key: NoiseKey, index: Int
  ) -> [[Double]] {
    let points = NoisedCells.noised(
      data: data, rows: Array(rows.prefix(warmStarts)),
      deviation: level.addedVariance.squareRoot(),
      stream: key.stream(.polynomialWarmStart, step: index))
    let workspace = Workspace()
    let means = Batch<Double>(
      unsafeUninitializedCount: points.count, dimension: points.dimension
    ) { output in
      points.withUnsafeBufferPointer { points in
        guard let input = points.baseAddress, let output = output.baseAddress else { return }
        level.evaluate(
          input, rows: points.count / data.dimension, into: output, workspace: workspace)
      }
    }
    return GreedyCover.centres(
      of: means, radius: coverRadius * (-2 * level.variance * .log(minimumWeight)).squareRoot(),
      leastShare: minimumWeight / 2)
  }
}
