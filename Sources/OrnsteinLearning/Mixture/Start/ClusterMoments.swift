import OrnsteinNumerics

/// The maximisation step from responsibilities that no mixture gave: in two passes, means first.
struct ClusterMoments: Sendable {
  let kind: CovarianceKind
  let components: Int
  let ridge: Double

  /// The parameters of a start.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - shrinkage: How many rows of the average spread each component gets beside its own.
  ///   - responsibilities: Calls its second argument with component and responsibility for each that
  ///     may be above 0, for a row.
  func parameters(
    _ rows: StartRows, shrinkage: Double,
    responsibilities: (_ row: Int, _ body: (Int, Double) -> Void) -> Void
  ) -> MixtureParameters {
    let d = rows.points.dimension
    var moments = MixtureMoments(
      masses: [Double](repeating: 0, count: components),
      means: [Double](repeating: 0, count: components * d), spreads: [])
    rows.points.withUnsafeBufferPointer { x in
      for row in 0..<rows.points.count {
        let weight = rows.weight(row)
        responsibilities(row) { k, responsibility in
          let factor = weight * responsibility
          if factor == 0 { return }
          moments.masses[k] += factor
          for axis in 0..<d {
            moments.means[k * d + axis] += factor * (x[row * d + axis] - rows.centre[axis])
          }
        }
      }
    }
    for k in 0..<components {
      for axis in 0..<d {
        if moments.masses[k] > 0 { moments.means[k * d + axis] /= moments.masses[k] }
        moments.means[k * d + axis] += rows.centre[axis]
      }
    }
    addSpreads(rows, &moments, responsibilities)
    let average = shrink(&moments, dimension: d, rows: rows, shrinkage)
    let size = MixtureParameters.covarianceSize(kind, dimension: d)
    var empty = MixtureParameters(
      kind: kind, dimension: d, weights: moments.masses, means: moments.means,
      covariances: [Double](repeating: 0, count: kind.isTied ? size : size * components))
    for k in 0..<components { empty.setCovariance(k, to: average) }
    return empty.maximized(moments, ridge: ridge)
  }

  private func addSpreads(
    _ rows: StartRows, _ moments: inout MixtureMoments,
    _ responsibilities: (_ row: Int, _ body: (Int, Double) -> Void) -> Void
  ) {
    let d = rows.points.dimension
    let size = MixtureMoments.spreadSize(kind, dimension: d)
    let (means, masses) = (moments.means, moments.masses)
    var spreads = [Double](repeating: 0, count: components * size)
    var difference = [Double](repeating: 0, count: d)
    rows.points.withUnsafeBufferPointer { x in
      spreads.withUnsafeMutableBufferPointer { spreads in
        difference.withUnsafeMutableBufferPointer { difference in
          for row in 0..<rows.points.count {
            let weight = rows.weight(row)
            responsibilities(row) { k, responsibility in
              let factor = weight * responsibility
              if factor == 0 { return }
              for axis in 0..<d { difference[axis] = x[row * d + axis] - means[k * d + axis] }
              if kind.isAxisAligned {
                for i in 0..<d { spreads[k * d + i] += factor * difference[i] * difference[i] }
                return
              }
              for i in 0..<d {
                let left = factor * difference[i]
                for j in 0...i { spreads[k * size + i * d + j] += left * difference[j] }
              }
            }
          }
        }
      }
    }
    for k in 0..<components where masses[k] > 0 {
      for index in k * size..<(k + 1) * size { spreads[index] /= masses[k] }
      if kind.isAxisAligned { continue }
      for i in 0..<d {
        for j in 0..<i { spreads[k * size + j * d + i] = spreads[k * size + i * d + j] }
      }
    }
    moments.spreads = spreads
  }

  /// Moves spreads toward their average, which is returned as a matrix with the ridge.
  private func shrink(
    _ moments: inout MixtureMoments, dimension d: Int, rows: StartRows, _ shrinkage: Double
  ) -> [Double] {
    let size = MixtureMoments.spreadSize(kind, dimension: d)
    let total = moments.masses.reduce(0, +)
    var average = [Double](repeating: 0, count: size)
    for k in 0..<components {
      for index in 0..<size {
        average[index] += moments.masses[k] / total * moments.spreads[k * size + index]
      }
    }
    if shrinkage > 0 {
      for k in 0..<components {
        let own = moments.masses[k] / total * Double(rows.points.count)
        let share = shrinkage / (own + shrinkage)
        for index in 0..<size {
          moments.spreads[k * size + index] +=
            share * (average[index] - moments.spreads[k * size + index])
        }
      }
    }
    var matrix = [Double](repeating: 0, count: d * d)
    for index in 0..<size { matrix[kind.isAxisAligned ? index * (d + 1) : index] = average[index] }
    for axis in 0..<d { matrix[axis * (d + 1)] += ridge }
    return matrix
  }
}
