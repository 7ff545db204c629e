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
      workspace.withBuffer(of: Double.self, count: (2 + points.dimension) * most) { numbers in
        guard let exponents = exponents.baseAddress, let weights = numbers.baseAddress else {
          return 0
        }
        let logSums = weights + most
        let values = logSums + most
        var logLikelihood = 0.0
        for pattern in points.patterns(of: places) {
          let constants = exponents + groups * most
          for group in 0..<groups { constants[group] = constant(group, pattern) }
          let part = pattern.places.clamped(to: places)
          for first in stride(from: part.lowerBound, to: part.upperBound, by: most) {
            let rows = first..<min(first + most, part.upperBound)
            gather(rows, pattern, weights, values)
            writeExponents(rows.count, pattern, values, constants, to: exponents)
            DoubleKernels.softmaxRows(
              UnsafeMutableRawPointer(exponents).assumingMemoryBound(to: Double.self),
              rows: rows.count, columns: lanes.lanes, factors: weights, logSums: logSums)
            for (index, place) in rows.enumerated() {
              logDensities[points.row(place)] = logSums[index]
              logLikelihood += weights[index] * logSums[index]
            }
            guard let sums else { continue }
            add(
              rows.count, pattern, values, exponents,
              to: UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Lane.self))
          }
        }
        return logLikelihood
      }
    }
  }

  /// Reads the weights of rows, and their observed values axis by axis.
  private func gather(
    _ rows: Range<Int>, _ pattern: MixturePoints.Pattern, _ weights: UnsafeMutablePointer<Double>,
    _ values: UnsafeMutablePointer<Double>
  ) {
    let (d, most) = (lanes.dimension, Self.mostRows)
    points.points.withUnsafeBufferPointer { x in
      for (index, place) in rows.enumerated() {
        let row = points.row(place)
        weights[index] = points.weight(row)
        for axis in pattern.positions.observed {
          values[axis * most + index] = x[row * d + lanes.axes[axis]]
        }
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
    _ rows: Int, _ pattern: MixturePoints.Pattern, _ values: UnsafeMutablePointer<Double>,
    _ constants: UnsafeMutablePointer<Lane>, to exponents: UnsafeMutablePointer<Lane>
  ) {
    let (d, groups, most) = (lanes.dimension, lanes.groups, Self.mostRows)
    lanes.means.withUnsafeBufferPointer { means in
      precisions.withUnsafeBufferPointer { precisions in
        pattern.positions.observed.withUnsafeBufferPointer { observed in
          for group in 0..<groups {
            for row in 0..<rows {
              var square = Lane.zero
              for axis in observed {
                let difference =
                  Lane(repeating: values[axis * most + row]) - means[group * d + axis]
                square += difference * difference * precisions[group * d + axis]
              }
              exponents[row * groups + group] = constants[group] - square / 2
            }
          }
        }
      }
    }
  }

  private func add(
    _ rows: Int, _ pattern: MixturePoints.Pattern, _ values: UnsafeMutablePointer<Double>,
    _ responsibilities: UnsafeMutablePointer<Lane>, to sums: UnsafeMutablePointer<Lane>
  ) {
    let (d, groups, most, size) = (lanes.dimension, lanes.groups, Self.mostRows, groupSize)
    for group in 0..<groups {
      let first = sums + group * size
      var mass = Lane.zero
      for row in 0..<rows { mass += responsibilities[row * groups + group] }
      first[0] += mass
      for axis in pattern.positions.observed {
        var (sum, square) = (Lane.zero, Lane.zero)
        let mean = lanes.means[group * d + axis]
        for row in 0..<rows {
          let difference = Lane(repeating: values[axis * most + row]) - mean
          let part = responsibilities[row * groups + group] * difference
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
