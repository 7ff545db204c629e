import OrnsteinNumerics
import RealModule

/// The Cholesky factors of the observed blocks of all components, pattern after pattern, and what they
/// leave of the missing coordinates.
///
/// The covariance is eliminated axis by axis in one order for all patterns, a missing axis being left
/// out. After the observed axes O, what is left is the conditional covariance C_MM - C_MO C_OO^{-1} C_OM,
/// and the columns hold L_OO and C_MO L_OO^{-T}. Patterns that agree in the first axes share their
/// elimination; what remains of the matrix is kept after each axis, d (d + 1) (d + 2) / 6 numbers a
/// component, so that the next pattern goes on from there. Patterns in the order of a tree thus cost a
/// few rows of the factor each. What is found of a pattern does not depend on those before it.
struct GapFactors {
  typealias Lane = ComponentLanes.Lane

  let lanes: ComponentLanes
  /// What is left after 0, 1, … eliminated axes, lower triangles of the axes that are left, vector after
  /// vector.
  private let remainders: UnsafeMutablePointer<Lane>
  /// Vectors by axes by observed axes: entries of the factor.
  let columns: UnsafeMutablePointer<Lane>
  /// Vectors by axes: reciprocals of the diagonal of the factor.
  let inverses: UnsafeMutablePointer<Lane>
  /// Sums of the logarithms of pivots after 0, 1, … eliminated axes, by vectors.
  private let logDeterminants: UnsafeMutablePointer<Lane>
  /// One column without its pivot.
  private let column: UnsafeMutablePointer<Lane>
  /// Where the remainders after 0, 1, … eliminated axes begin.
  private let starts: [Int]

  private var dimension: Int { lanes.dimension }

  /// The vectors of scratch memory.
  static func count(_ lanes: ComponentLanes) -> Int {
    let d = lanes.dimension
    return lanes.groups * (starts(dimension: d)[d + 1] + d * d + d + d + 1) + d
  }

  private static func starts(dimension d: Int) -> [Int] {
    var starts = [0]
    for eliminated in 0...d {
      starts.append(starts[eliminated] + ComponentLanes.triangle(d - eliminated))
    }
    return starts
  }

  init(_ lanes: ComponentLanes, memory: UnsafeMutablePointer<Lane>) {
    let (d, groups) = (lanes.dimension, lanes.groups)
    self.lanes = lanes
    starts = Self.starts(dimension: d).map { groups * $0 }
    remainders = memory
    columns = remainders + starts[d + 1]
    inverses = columns + groups * d * d
    logDeterminants = inverses + groups * d
    column = logDeterminants + groups * (d + 1)
    remainders.update(from: lanes.covariances, count: lanes.covariances.count)
    logDeterminants.update(repeating: .zero, count: groups)
  }

  /// Moves to a pattern of which the first `shared` axes are as in the pattern before.
  ///
  /// - Throws: ``ExpectationMaximizationError`` if a covariance is not positive definite.
  func move(
    to pattern: MixturePoints.Pattern, shared: Int
  ) throws(ExpectationMaximizationError) {
    let observed = pattern.positions.observed
    for ordinal in observed.indices where observed[ordinal] >= shared {
      try eliminate(observed[ordinal], ordinal: ordinal, missing: pattern.positions.missing)
    }
  }

  /// log det C_OO after so many observed axes.
  func logDeterminant(_ group: Int, observed: Int) -> Lane {
    logDeterminants[observed * lanes.groups + group]
  }

  /// The conditional covariances of the missing coordinates, a lower triangle.
  func conditional(_ group: Int, observed: Int) -> UnsafePointer<Lane> {
    UnsafePointer(
      remainders + starts[observed] + group * ComponentLanes.triangle(dimension - observed))
  }

  private func eliminate(
    _ axis: Int, ordinal: Int, missing: [Int]
  ) throws(ExpectationMaximizationError) {
    let (d, groups, size) = (dimension, lanes.groups, dimension - ordinal)
    // Before the axis lie those that were left out.
    let place = axis - ordinal
    let roundoff = 4 * Double(d) * Double.ulpOfOne
    let (before, after) = (ComponentLanes.triangle(size), ComponentLanes.triangle(size - 1))
    let diagonal = ComponentLanes.triangle(axis) + axis
    for group in 0..<groups {
      let source = remainders + starts[ordinal] + group * before
      let target = remainders + starts[ordinal + 1] + group * after
      let line = source + ComponentLanes.triangle(place)
      let pivot = line[place]
      let variance = lanes.covariances[group * ComponentLanes.triangle(d) + diagonal]
      let isFinite = pivot .<= Lane(repeating: .greatestFiniteMagnitude)
      let isPositive = (pivot .> roundoff * variance) .& isFinite
      guard all(isPositive) else {
        throw .notPositiveDefinite(
          component: 4 * group + ((0..<4).first { !isPositive[$0] } ?? 0))
      }
      let inverse = 1 / pivot.squareRoot()
      inverses[group * d + axis] = inverse
      logDeterminants[(ordinal + 1) * groups + group] =
        logDeterminants[ordinal * groups + group] + pivot.logarithms
      let factor = columns + group * d * d + ordinal
      for u in 0..<place {
        let entry = line[u] * inverse
        column[u] = entry
        factor[missing[u] * d] = entry
      }
      var row = line + place + 1
      for u in place..<size - 1 {
        let entry = row[place] * inverse
        column[u] = entry
        factor[(ordinal + 1 + u) * d] = entry
        row += u + 2
      }
      subtract(place, size - 1, source, target)
    }
  }

  /// The remainder after the column was taken off.
  @inline(__always)
  private func subtract(
    _ place: Int, _ size: Int, _ source: UnsafeMutablePointer<Lane>,
    _ target: UnsafeMutablePointer<Lane>
  ) {
    var (source, target) = (source, target)
    for u in 0..<place {
      let entry = column[u]
      for v in 0...u { target[v] = source[v] - entry * column[v] }
      source += u + 1
      target += u + 1
    }
    source += place + 1
    for u in place..<max(place, size) {
      let entry = column[u]
      for v in 0..<place { target[v] = source[v] - entry * column[v] }
      for v in place..<u + 1 { target[v] = source[v + 1] - entry * column[v] }
      source += u + 2
      target += u + 1
    }
  }
}
