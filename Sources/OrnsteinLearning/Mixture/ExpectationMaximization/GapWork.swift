import OrnsteinNumerics
import RealModule

/// The pass over points whose rows have many patterns of missing coordinates, few rows to a pattern, for
/// covariances that are no diagonals.
///
/// As ``CentredWork`` it takes differences from the means and lets a missing coordinate count by its
/// conditional mean and covariance, but factors go from pattern to pattern (``GapFactors``) and
/// components lie beside each other in vectors. Costs 2 d^2 multiply-adds a row and component, and a few
/// rows of a factor for each pattern.
struct GapWork: ExpectationWork {
  /// Where patterns have more rows in the mean, products of matrices pay.
  private static let mostRowsOfPattern = 100
  /// The most numbers of what a thread keeps of the patterns.
  private static let mostNumbers = 1 << 22
  /// The rows whose differences wait for the sums.
  private static let mostRows = 32

  private let points: MixturePoints
  private let parameters: MixtureParameters
  private let lanes: ComponentLanes

  /// `nil` where nothing is missing, patterns have many rows, or factors would take too much memory.
  init?(_ points: MixturePoints, _ parameters: MixtureParameters) {
    let d = points.dimension
    guard !points.isComplete, !parameters.kind.isAxisAligned,
      points.count < Self.mostRowsOfPattern * points.patterns.count,
      d * (d + 1) / 2 * (d + 2) / 3 <= Self.mostNumbers / (parameters.count + 3)
    else { return nil }
    self.points = points
    self.parameters = parameters
    lanes = ComponentLanes(parameters, axes: points.axes)
  }

  /// The vectors of sums of one group: masses, sums of differences, and of their products.
  private var groupSize: Int {
    1 + points.dimension + ComponentLanes.triangle(points.dimension)
  }
  var sumCount: Int { lanes.lanes * groupSize }
  var fewestRows: Int { 256 }

  func add(
    _ places: Range<Int>, to sums: UnsafeMutablePointer<Double>?,
    logDensities: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) throws -> Double {
    let rows = GapRows(lanes, mostRows: Self.mostRows)
    let factorCount = GapFactors.count(lanes)
    return try workspace.withBuffer(
      of: ComponentLanes.Lane.self, count: factorCount + rows.laneCount
    ) { memory in
      try workspace.withBuffer(of: Double.self, count: rows.numberCount) { numbers in
        guard let memory = memory.baseAddress, let numbers = numbers.baseAddress else { return 0 }
        let factors = GapFactors(lanes, memory: memory)
        var chunk = GapChunk(
          rows, points, factors, memory: memory + factorCount, numbers: numbers,
          sums: sums.map { UnsafeMutableRawPointer($0) })
        for (index, pattern) in points.patterns(of: places).enumerated() {
          try factors.move(to: pattern, shared: index == 0 ? 0 : pattern.shared)
          chunk.add(pattern, pattern.places.clamped(to: places), logDensities: logDensities)
        }
        chunk.flush()
        return chunk.logLikelihood
      }
    }
  }

  func moments(_ sums: [Double]) -> MixtureMoments {
    let d = points.dimension
    var moments = MixtureMoments(
      masses: [], means: parameters.means,
      spreads: [Double](repeating: 0, count: parameters.count * d * d))
    for k in 0..<parameters.count {
      let first = k / 4 * groupSize
      func sum(_ index: Int) -> Double { sums[4 * (first + index) + k % 4] }
      let mass = sum(0)
      moments.masses.append(mass)
      guard mass > 0 else { continue }
      let shift = (0..<d).map { sum(1 + $0) / mass }
      for i in 0..<d {
        moments.means[k * d + points.axes[i]] += shift[i]
        for j in 0...i {
          let spread =
            sum(1 + d + ComponentLanes.triangle(i) + j) / mass - shift[i] * shift[j]
          moments.spreads[(k * d + points.axes[i]) * d + points.axes[j]] = spread
          moments.spreads[(k * d + points.axes[j]) * d + points.axes[i]] = spread
        }
      }
    }
    return moments
  }
}
