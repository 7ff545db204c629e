import OrnsteinNumerics
import RealModule

/// K-means: centres by greedy k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's iteration.
struct KMeans: Sendable {
  /// The most iterations of Lloyd's.
  private static let iterationLimit = 50
  /// Rows between two cuts of parallel work.
  private static let chunk = 2048

  let points: Batch<Double>
  let weights: [Double]?
  let threads: Int

  private var dimension: Int { points.dimension }

  private func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  /// Centres among the points: each is drawn by squared distances from those before it, the best of
  /// 2 + log K draws, which lowers the sum of squared distances most.
  func seeded(_ count: Int, key: NoiseKey, restart: Int) -> Batch<Double> {
    let (d, rows) = (dimension, points.count)
    let trials = 2 + Int(Double.log(Double(count)))
    let uniforms = [Double](unsafeUninitializedCapacity: count * trials) { buffer, initialized in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<(count * trials)]),
        stream: key.stream(.mixtureStart, step: restart), first: 0)
      initialized = count * trials
    }
    var centres = Batch<Double>(count: count, dimension: d)
    var potential = (0..<rows).map { weight($0) }
    var closest = [Double](repeating: .infinity, count: rows)
    for centre in 0..<count {
      var best: (row: Int, distances: [Double], sum: Double)?
      for trial in 0..<(centre == 0 ? 1 : trials) {
        let row = Self.index(in: potential, at: uniforms[centre * trials + trial])
        let distances = squaredDistances(from: points.point(row), atMost: closest)
        let sum = (0..<rows).reduce(0) { $0 + weight($1) * distances[$1] }
        if best.map({ sum < $0.sum }) ?? true { best = (row, distances, sum) }
      }
      guard let best else { continue }
      closest = best.distances
      for axis in 0..<d { centres[centre, axis] = points[best.row, axis] }
      if best.sum > 0 { potential = (0..<rows).map { weight($0) * closest[$0] } }
    }
    return centres
  }

  /// The index at which the running sum passes a fraction of the whole.
  private static func index(in weights: [Double], at fraction: Double) -> Int {
    var rest = fraction * weights.reduce(0, +)
    var last = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      rest -= weight
      if rest < 0 { return index }
      last = index
    }
    return last
  }

  private func squaredDistances(from centre: [Double], atMost limits: [Double]) -> [Double] {
    let d = dimension
    var distances = limits
    points.withUnsafeBufferPointer { x in
      centre.withUnsafeBufferPointer { centre in
        distances.withUnsafeMutableBufferPointer { distances in
          for row in distances.indices {
            distances[row] = min(distances[row], Self.squaredDistance(x, row * d, centre, 0, d))
          }
        }
      }
    }
    return distances
  }

  private static func squaredDistance(
    _ x: UnsafeBufferPointer<Double>, _ first: Int, _ y: UnsafeBufferPointer<Double>,
    _ second: Int, _ count: Int
  ) -> Double {
    var (even, odd) = (0.0, 0.0)
    var index = 0
    while index + 1 < count {
      let (a, b) = (
        x[first + index] - y[second + index], x[first + index + 1] - y[second + index + 1]
      )
      even += a * a
      odd += b * b
      index += 2
    }
    if index < count {
      let a = x[first + index] - y[second + index]
      even += a * a
    }
    return even + odd
  }

  /// The nearest centre of each point.
  func labels(_ centres: Batch<Double>) -> [Int] { assigned(centres).labels }

  private func assigned(_ centres: Batch<Double>) -> (labels: [Int], distances: [Double]) {
    let d = dimension
    var labels = [Int](repeating: 0, count: points.count)
    var distances = [Double](repeating: 0, count: points.count)
    labels.withUnsafeMutableBufferPointer { labels in
      distances.withUnsafeMutableBufferPointer { distances in
        nonisolated(unsafe) let labels = labels
        nonisolated(unsafe) let distances = distances
        try? Chunks(of: 0..<points.count, size: Self.chunk).forEach(threads: threads) { rows, _ in
          points.withUnsafeBufferPointer { x in
            centres.withUnsafeBufferPointer { centre in
              for row in rows {
                var (nearest, least) = (0, Double.infinity)
                for k in 0..<centres.count {
                  let distance = Self.squaredDistance(x, row * d, centre, k * d, d)
                  if distance < least { (nearest, least) = (k, distance) }
                }
                labels[row] = nearest
                distances[row] = least
              }
            }
          }
        }
      }
    }
    return (labels, distances)
  }

  /// The clusters after Lloyd's iteration; an empty one gets the point farthest from its centre.
  func refined(_ centres: Batch<Double>) -> [Int] {
    let d = dimension
    var centres = centres
    var (labels, distances) = assigned(centres)
    for _ in 0..<Self.iterationLimit {
      var masses = [Double](repeating: 0, count: centres.count)
      var sums = [Double](repeating: 0, count: centres.count * d)
      points.withUnsafeBufferPointer { x in
        for row in 0..<points.count {
          let weight = weight(row)
          masses[labels[row]] += weight
          for axis in 0..<d { sums[labels[row] * d + axis] += weight * x[row * d + axis] }
        }
      }
      for k in 0..<centres.count {
        if masses[k] > 0 {
          for axis in 0..<d { centres[k, axis] = sums[k * d + axis] / masses[k] }
          continue
        }
        let farthest = distances.indices.filter { weight($0) > 0 }
          .max { distances[$0] < distances[$1] }
        guard let farthest, distances[farthest] > 0 else { continue }
        for axis in 0..<d { centres[k, axis] = points[farthest, axis] }
        distances[farthest] = 0
      }
      let (next, nextDistances) = assigned(centres)
      if next == labels { break }
      (labels, distances) = (next, nextDistances)
    }
    return labels
  }
}
