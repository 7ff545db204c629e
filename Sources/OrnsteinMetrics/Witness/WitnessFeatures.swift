import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Functions of a point in which samples of a sampler may differ from its target.
///
/// Cosines of k pi F(x) for the exact distribution function F of each coordinate (in one dimension
/// k up to 40; in two all products of the coordinates' cosines up to order 10), cosines of the rank of
/// the log-density and of the radius, the probability of each component of a mixture given the point, and
/// that probability times first and second moments within the component, and whether a point lies where
/// the density is lower or the radius larger than for 1 in 2000. Bounded functions, or nearly:
/// their means have standard errors near 1 / sqrt(n).
struct WitnessFeatures: Sendable {
  static let mostFeatures = 320

  let law: ReferenceLaw
  let count: Int
  /// The features that are 0 or 1, and mostly 0, after the constant.
  let indicators: Range<Int>
  private let axes: [RankTable]
  private let density: RankTable?
  private let radius: RankTable?
  private let mixture: MixtureView?
  private let center: [Double]
  private let axisOrder: Int
  private let planeOrder: Int
  private let rankOrder = 8
  private let hasPlaces: Bool
  private let hasSquares: Bool
  private let hasProducts: Bool

  /// The features of a law.
  ///
  /// - Parameters:
  ///   - law: The law.
  ///   - axes: The law of each coordinate.
  ///   - draws: Exact draws, from which ranks of densities and radii are taken.
  init(of law: ReferenceLaw, axes: [ProjectedLaw], draws: Batch<Double>, threads: Int) {
    self.law = law
    let d = law.dimension
    mixture = MixtureView(law)
    center = law.moments.mean
    planeOrder = d == 2 ? 10 : 0
    axisOrder = d == 1 ? 40 : d == 2 ? 0 : max(d > 100 ? 0 : 1, min(6, 100 / d))
    self.axes = axes.prefix(axisOrder + planeOrder > 0 ? d : 0).map { RankTable($0) }
    density =
      law.hasDensity
      ? RankTable(
        ProjectedLaw(
          sample: law.logDensity(of: draws, threads: threads).map { max($0, -1e300) }))
      : nil
    let middle = center
    radius =
      d >= 2
      ? RankTable(ProjectedLaw(sample: (0..<draws.count).map { Self.radius(draws, $0, middle) }))
      : nil
    var count =
      1 + (d == 1 ? axisOrder : d == 2 ? planeOrder * (planeOrder + 3) / 2 : d * axisOrder)
    indicators = 1..<1 + (density == nil ? 0 : 1) + (radius == nil ? 0 : 1)
    count += indicators.count
    count += density == nil ? 0 : rankOrder
    count += radius == nil ? 0 : rankOrder
    let parts = mixture?.count ?? 0
    if parts > 1 { count += parts }
    func fits(_ more: Int) -> Bool {
      guard parts > 0, count + more <= Self.mostFeatures else { return false }
      count += more
      return true
    }
    hasPlaces = fits(parts * d)
    hasSquares = fits(parts)
    hasProducts = d > 1 && fits(parts * d * (d + 1) / 2)
    self.count = count
  }

  private static func radius(_ rows: Batch<Double>, _ row: Int, _ center: [Double]) -> Double {
    var square = 0.0
    for j in center.indices {
      let difference = rows[row, j] - center[j]
      square += difference * difference
    }
    return square.squareRoot()
  }

  /// Writes the features of some rows, the constant 1 first.
  ///
  /// - Parameters:
  ///   - points: Row-major coordinates.
  ///   - output: Receives ``count`` numbers a row.
  func write(
    _ points: UnsafeBufferPointer<Double>, into output: UnsafeMutablePointer<Double>,
    workspace: Workspace
  ) {
    let d = law.dimension
    let rows = points.count / d
    guard rows > 0, let start = points.baseAddress else { return }
    let parts = mixture?.count ?? 0
    workspace.withBuffer(of: Double.self, count: rows + parts * (d + 1) + 2 * planeOrder + 2) {
      scratch in
      guard let scratch = scratch.baseAddress else { return }
      let (probabilities, places) = (scratch + rows, scratch + rows + parts)
      let cosines = places + parts * d
      if density != nil, mixture == nil {
        var span = MutableSpan(
          _unsafeElements: UnsafeMutableBufferPointer(start: scratch, count: rows))
        law.target.logDensity(
          of: Span(_unsafeElements: points), at: law.level, into: &span, workspace: workspace)
      }
      for row in 0..<rows {
        let point = start + row * d
        var place = output + row * count
        place[0] = 1
        place += 1
        if let mixture {
          scratch[row] = mixture.write(point, probabilities: probabilities, places: places)
        }
        var square = 0.0
        for j in 0..<d { square += (point[j] - center[j]) * (point[j] - center[j]) }
        let distance = square.squareRoot()
        if let density {
          place.pointee = scratch[row] < density.first ? 1 : 0
          place += 1
        }
        if let radius {
          place.pointee = distance > radius.last ? 1 : 0
          place += 1
        }
        if parts > 1 {
          for k in 0..<parts { place[k] = probabilities[k] }
          place += parts
        }
        if planeOrder > 0 {
          place = writePlane(point, cosines, into: place)
        } else {
          for (j, axis) in axes.enumerated() {
            place = Self.writeCosines(axis.rank(of: point[j]), axisOrder, into: place)
          }
        }
        if let density {
          place = Self.writeCosines(
            density.rank(of: max(scratch[row], -1e300)), rankOrder, into: place)
        }
        if let radius {
          place = Self.writeCosines(radius.rank(of: distance), rankOrder, into: place)
        }
        for k in 0..<parts {
          place = writeMoments(places + k * d, probabilities[k], into: place)
        }
      }
    }
  }

  /// cos(pi k u) sqrt 2 for k from 1 on.
  private static func writeCosines(
    _ u: Double, _ order: Int, into place: UnsafeMutablePointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    guard order > 0 else { return place }
    let first = Double.cos(.pi * u)
    var (before, now) = (1.0, first)
    for k in 0..<order {
      place[k] = now * 1.4142135623730951
      (before, now) = (now, 2 * first * now - before)
    }
    return place + order
  }

  /// Products of the cosines of both coordinates with orders that sum to `planeOrder` or less.
  private func writePlane(
    _ point: UnsafePointer<Double>, _ cosines: UnsafeMutablePointer<Double>,
    into place: UnsafeMutablePointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    var place = place
    let second = cosines + planeOrder + 1
    (cosines[0], second[0]) = (1, 1)
    _ = Self.writeCosines(axes[0].rank(of: point[0]), planeOrder, into: cosines + 1)
    _ = Self.writeCosines(axes[1].rank(of: point[1]), planeOrder, into: second + 1)
    for total in 1...planeOrder {
      for k in 0...total {
        place.pointee = cosines[k] * second[total - k]
        place += 1
      }
    }
    return place
  }

  private func writeMoments(
    _ z: UnsafePointer<Double>, _ probability: Double, into place: UnsafeMutablePointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    let d = law.dimension
    var place = place
    // Cut off, so that a few wild samples do not hide what the others have to say.
    func moment(_ value: Double) -> Double { probability * min(max(value, -8), 8) }
    if hasPlaces {
      for j in 0..<d { place[j] = moment(z[j]) }
      place += d
    }
    if hasSquares {
      var square = 0.0
      for j in 0..<d { square += z[j] * z[j] }
      place.pointee = moment((square - Double(d)) / Double(2 * d).squareRoot())
      place += 1
    }
    if hasProducts {
      for i in 0..<d {
        for j in 0...i {
          place.pointee = moment(z[i] * z[j])
          place += 1
        }
      }
    }
    return place
  }
}

/// A distribution function on an even grid, for speed.
struct RankTable: Sendable {
  /// Below it lies 1 in 2000.
  let first: Double
  /// Above it lies 1 in 2000.
  let last: Double
  private let low: Double
  private let scale: Double
  private let values: [Double]

  init(_ law: ProjectedLaw) {
    let nodes = law.nodes
    // Ranks of log-densities have long tails that say little: 1 in 2000 at each end counts as the end.
    let (first, last) = (law.quantile(0.0005), law.quantile(0.9995))
    (self.first, self.last) = (first, last)
    let isFlat = !(last > first)
    let margin = isFlat ? 1 : (last - first) / 20
    low = max(nodes[0], first - margin)
    let high = max(min(nodes[nodes.count - 1], last + margin), low + .leastNormalMagnitude)
    let count = 4096
    let width = isFlat ? 1 : high - low
    scale = Double(count) / width
    let start = low
    values = (0...count).map { law.cumulative(start + width * Double($0) / Double(count)) }
  }

  func rank(of x: Double) -> Double {
    let place = (x - low) * scale
    guard place > 0 else { return place == 0 ? values[0] : 0 }
    guard place < Double(values.count - 1) else { return 1 }
    let index = Int(place)
    return values[index] + (place - Double(index)) * (values[index + 1] - values[index])
  }
}
