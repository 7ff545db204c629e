import OrnsteinNumerics

/// The rows that a start looks at, missing coordinates filled in by the means of their columns.
struct StartRows: Sendable {
  /// The most rows that clusters are made of.
  private static let most = 32768
  /// The rows for each component, where that is more.
  private static let rowsOfComponent = 256

  let points: Batch<Double>
  let weights: [Double]?
  let centre: [Double]
  let scale: [Double]

  /// All rows.
  init(all points: MixturePoints) {
    self.init(points, rows: nil)
  }

  /// All rows with a weight if they are few, and otherwise rows drawn with replacement.
  init(someOf points: MixturePoints, components: Int, key: NoiseKey, restart: Int) {
    let most = max(Self.most, components * Self.rowsOfComponent)
    if points.count <= most {
      self.init(points, rows: nil)
      return
    }
    let uniforms = [Double](unsafeUninitializedCapacity: most) { buffer, count in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<most]),
        stream: key.stream(.mixtureRows, step: restart), first: 0)
      count = most
    }
    let rows = uniforms.map { min(Int($0 * Double(points.count)), points.count - 1) }.sorted()
    let weight = rows.reduce(0) { $0 + points.weight($1) }
    self.init(points, rows: weight > 0 ? rows : nil)
  }

  private init(_ points: MixturePoints, rows: [Int]?) {
    let d = points.dimension
    centre = points.centre
    scale = points.scale
    if rows == nil, points.isComplete {
      self.points = points.points
      weights = points.weights
      return
    }
    let count = rows?.count ?? points.count
    let row = { (index: Int) in rows?[index] ?? index }
    weights = points.weights.map { weights in (0..<count).map { weights[row($0)] } }
    self.points = points.points.withUnsafeBufferPointer { x in
      Batch(unsafeUninitializedCount: count, dimension: d) { output in
        for index in 0..<count {
          let first = row(index) * d
          for column in 0..<d {
            let value = x[first + column]
            output[index * d + column] = value.isNaN ? points.centre[column] : value
          }
        }
      }
    }
  }

  func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  /// Differences from the mean, in standard deviations if scaled.
  func centred(scaled: Bool) -> Batch<Double> {
    let d = points.dimension
    return points.withUnsafeBufferPointer { x in
      Batch(unsafeUninitializedCount: points.count, dimension: d) { output in
        for row in 0..<points.count {
          for column in 0..<d {
            let difference = x[row * d + column] - centre[column]
            output[row * d + column] = scaled ? difference / scale[column] : difference
          }
        }
      }
    }
  }
}
