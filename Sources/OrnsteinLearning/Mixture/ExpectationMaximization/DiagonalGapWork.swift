import OrnsteinNumerics
import RealModule

/// The pass over points with missing coordinates for axis-aligned covariances: a missing coordinate adds
/// nothing to the exponent, and its variance to the sum of squares.
///
/// Costs 4 multiply-adds a row, component and coordinate.
struct DiagonalGapWork: ExpectationWork {
  private typealias Lane = ComponentLanes.Lane

  private static let mostRows = 32

  private let points: MixturePoints
  private let parameters: MixtureParameters
  private let lanes: ComponentLanes
  private let precisions: [Lane]
  /// -log(2 pi v) / 2.
  private let logDensities: [Lane]

  /// `nil` where nothing is missing, covariances are no diagonals or a variance is not above 0.
  init?(_ points: MixturePoints, _ parameters: MixtureParameters) {
    guard !points.isComplete, parameters.kind.isAxisAligned else { return nil }
    let lanes = ComponentLanes(parameters, axes: points.axes)
    guard
      lanes.covariances.allSatisfy({
        all($0 .> 0) && all($0 .<= Lane(repeating: .greatestFiniteMagnitude))
      })
    else { return nil }
    self.points = points
    self.parameters = parameters
    self.lanes = lanes
    precisions = lanes.covariances.map { 1 / $0 }
    logDensities = lanes.covariances.map { -0.5 * (2 * .pi * $0).logarithms }
  }

  /// The vectors of sums of one group: masses, sums of differences, and of their squares.
  private var groupSize: Int { 1 + 2 * points.dimension }
  var sumCount: Int { lanes.lanes * groupSize }
  var fewestRows: Int { 256 }

  func add(
    _ places: Range<Int>, to sums: UnsafeMutablePointer<Double>?,
    logDensities: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) throws -> Double {
    let (groups, most) = (lanes.groups, Self.mostRows)
    return workspace.withBuffer(of: Lane.self, count: groups * (most + 1)) { exponents in
      workspace.withBuffer(of: Double.self, count: 2 * most) { numbers in
        guard let exponents = exponents.baseAddress, let weights = numbers.baseAddress else {
          return 0
        }
        let logSums = weights + most
        var logLikelihood = 0.0
        for pattern in points.patterns(of: places) {
          let constants = exponents + groups * most
          for group in 0..<groups { constants[group] = constant(group, pattern) }
          let part = pattern.places.clamped(to: places)
          for first in stride(from: part.lowerBound, to: part.upperBound, by: most) {
            let rows = first..<min(first + most, part.upperBound)
            for (index, place) in rows.enumerated() {
              weights[index] = points.weight(points.row(place))
              writeExponents(
                points.row(place), pattern, constants, to: exponents + index * groups)
            }
            DoubleKernels.softmaxRows(
              UnsafeMutableRawPointer(exponents).assumingMemoryBound(to: Double.self),
              rows: rows.count, columns: lanes.lanes, factors: weights, logSums: logSums)
            for (index, place) in rows.enumerated() {
              logDensities[points.row(place)] = logSums[index]
              logLikelihood += weights[index] * logSums[index]
            }
            guard let sums else { continue }
            add(
              rows, pattern, exponents,
              to: UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Lane.self))
          }
        }
        return logLikelihood
      }
    }
  }

  /// The exponent at the means.
  private func constant(_ group: Int, _ pattern: MixturePoints.Pattern) -> Lane {
    var constant = lanes.logWeights[group]
    for axis in pattern.positions.observed {
      constant += logDensities[group * lanes.dimension + axis]
    }
    return constant
  }

  private func writeExponents(
    _ row: Int, _ pattern: MixturePoints.Pattern, _ constants: UnsafeMutablePointer<Lane>,
    to exponents: UnsafeMutablePointer<Lane>
  ) {
    let d = lanes.dimension
    points.points.withUnsafeBufferPointer { x in
      lanes.means.withUnsafeBufferPointer { means in
        precisions.withUnsafeBufferPointer { precisions in
          for group in 0..<lanes.groups {
            var square = Lane.zero
            for axis in pattern.positions.observed {
              let difference =
                Lane(repeating: x[row * d + lanes.axes[axis]]) - means[group * d + axis]
              square += difference * difference * precisions[group * d + axis]
            }
            exponents[group] = constants[group] - square / 2
          }
        }
      }
    }
  }

  private func add(
    _ rows: Range<Int>, _ pattern: MixturePoints.Pattern,
    _ responsibilities: UnsafeMutablePointer<Lane>, to sums: UnsafeMutablePointer<Lane>
  ) {
    let (d, groups) = (lanes.dimension, lanes.groups)
    points.points.withUnsafeBufferPointer { x in
      for group in 0..<groups {
        let first = sums + group * groupSize
        var mass = Lane.zero
        for index in 0..<rows.count { mass += responsibilities[index * groups + group] }
        first[0] += mass
        for axis in pattern.positions.observed {
          var (sum, square) = (Lane.zero, Lane.zero)
          let mean = lanes.means[group * d + axis]
          for (index, place) in rows.enumerated() {
            let difference =
              Lane(repeating: x[points.row(place) * d + lanes.axes[axis]]) - mean
            let part = responsibilities[index * groups + group] * difference
            sum += part
            square += part * difference
          }
          first[1 + axis] += sum
          first[1 + d + axis] += square
        }
        for axis in pattern.positions.missing {
          first[1 + d + axis] += mass * lanes.covariances[group * d + axis]
        }
      }
    }
  }

  func moments(_ sums: [Double]) -> MixtureMoments {
    let d = points.dimension
    var moments = MixtureMoments(
      masses: [], means: parameters.means,
      spreads: [Double](repeating: 0, count: parameters.count * d))
    for k in 0..<parameters.count {
      func sum(_ index: Int) -> Double { sums[4 * (k / 4 * groupSize + index) + k % 4] }
      let mass = sum(0)
      moments.masses.append(mass)
      guard mass > 0 else { continue }
      for axis in 0..<d {
        let shift = sum(1 + axis) / mass
        moments.means[k * d + points.axes[axis]] += shift
        moments.spreads[k * d + points.axes[axis]] = sum(1 + d + axis) / mass - shift * shift
      }
    }
    return moments
  }
}
