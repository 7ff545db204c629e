import OrnsteinNumerics

/// The pass over points by differences from the means: keeps all digits however narrow and far away a
/// component is, and takes rows in which coordinates are missing.
///
/// Sums are taken about the means before the step, so the maximisation step loses digits only where a
/// mean moves by many standard deviations. Rows go pattern by pattern; a missing coordinate counts by
/// its conditional mean and covariance (Little and Rubin, Statistical Analysis with Missing Data,
/// section 11.2). Costs 2 d^2 multiply-adds a row and component.
struct CentredWork: ExpectationWork {
  private static let chunkNumbers = 1 << 16
  private static let mostRows = 256
  private static let fewestRows = 16

  private let points: MixturePoints
  private let parameters: MixtureParameters

  init(_ points: MixturePoints, _ parameters: MixtureParameters) {
    self.points = points
    self.parameters = parameters
  }

  /// The mass, the sum of differences and that of their products, for each component.
  private var componentSize: Int { 1 + points.dimension * (1 + points.dimension) }
  var sumCount: Int { parameters.count * componentSize }

  func add(
    _ places: Range<Int>, to sums: UnsafeMutablePointer<Double>?,
    logDensities: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) throws -> Double {
    let d = points.dimension
    let most = max(Self.fewestRows, min(Self.mostRows, Self.chunkNumbers / d))
    var logLikelihood = 0.0
    for pattern in points.patterns(of: places) {
      let table = try PatternTable(parameters, pattern)
      let part = pattern.places.clamped(to: places)
      let chunk = CentredChunk(
        points: points, parameters: parameters, table: table, most: min(most, part.count))
      chunk.withBuffers(workspace) { buffers in
        for first in stride(from: part.lowerBound, to: part.upperBound, by: most) {
          let rows = first..<min(first + most, part.upperBound)
          logLikelihood += chunk.normalize(rows, buffers, logDensities: logDensities)
          if let sums { chunk.add(rows.count, buffers, to: sums) }
        }
      }
    }
    return logLikelihood
  }

  func moments(_ sums: [Double]) -> MixtureMoments {
    let (d, kind) = (points.dimension, parameters.kind)
    let size = MixtureMoments.spreadSize(kind, dimension: d)
    var moments = MixtureMoments(
      masses: (0..<parameters.count).map { sums[$0 * componentSize] }, means: parameters.means,
      spreads: [Double](repeating: 0, count: parameters.count * size))
    for k in 0..<parameters.count where moments.masses[k] > 0 {
      let mass = moments.masses[k]
      let first = k * componentSize + 1
      let shift = (0..<d).map { sums[first + $0] / mass }
      for axis in 0..<d { moments.means[k * d + axis] += shift[axis] }
      for i in 0..<d {
        for j in kind.isAxisAligned ? i...i : 0...i {
          let spread = sums[first + d + i * d + j] / mass - shift[i] * shift[j]
          if kind.isAxisAligned {
            moments.spreads[k * size + i] = spread
          } else {
            moments.spreads[k * size + i * d + j] = spread
            moments.spreads[k * size + j * d + i] = spread
          }
        }
      }
    }
    return moments
  }
}
