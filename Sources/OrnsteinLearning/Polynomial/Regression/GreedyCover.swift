import OrnsteinNumerics

/// Balls of one radius around some of a set of points that hold nearly all of them.
///
/// Again and again the point with the most uncovered points in its ball is taken, until a ball would hold
/// less than a share of all. Each centre then moves to the mean of the points that its ball took, and
/// centres closer than half a radius become one.
///
/// - Cost: n distances squared.
/// - Source: Gatmiry, Kelner, Lee, arXiv 2404.18869, section 4.
enum GreedyCover {
  /// The centres; at least one.
  static func centres(
    of points: Batch<Double>, radius: Double, leastShare: Double
  ) -> [[Double]] {
    let (count, n) = (points.count, points.dimension)
    let limit = radius * radius
    return points.withUnsafeBufferPointer { points in
      func square(_ a: Int, _ b: Int) -> Double {
        var sum = 0.0
        for j in 0..<n {
          let difference = points[a * n + j] - points[b * n + j]
          sum += difference * difference
        }
        return sum
      }
      var neighbours = [[Int32]](repeating: [], count: count)
      for a in 0..<count {
        for b in 0...a where square(a, b) <= limit {
          neighbours[a].append(Int32(b))
          if b < a { neighbours[b].append(Int32(a)) }
        }
      }
      var sizes = neighbours.map(\.count)
      var isFree = [Bool](repeating: true, count: count)
      var clusters: [(centre: [Double], weight: Double)] = []
      let least = max(1, leastShare * Double(count))
      while true {
        var best = -1
        for a in 0..<count where isFree[a] && (best < 0 || sizes[a] > sizes[best]) { best = a }
        guard best >= 0, clusters.isEmpty || Double(sizes[best]) >= least else { break }
        var mean = [Double](repeating: 0, count: n)
        var weight = 0.0
        for taken in neighbours[best] where isFree[Int(taken)] {
          isFree[Int(taken)] = false
          weight += 1
          for j in 0..<n { mean[j] += points[Int(taken) * n + j] }
          for other in neighbours[Int(taken)] { sizes[Int(other)] -= 1 }
        }
        clusters.append((mean.map { $0 / weight }, weight))
      }
      return merged(clusters, closerThan: radius / 2)
    }
  }

  private static func merged(
    _ clusters: [(centre: [Double], weight: Double)], closerThan distance: Double
  ) -> [[Double]] {
    var clusters = clusters
    var index = 1
    while index < clusters.count {
      let near = (0..<index).first { other in
        zip(clusters[index].centre, clusters[other].centre)
          .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } < distance * distance
      }
      guard let near else {
        index += 1
        continue
      }
      let (a, b) = (clusters[near], clusters.remove(at: index))
      let weight = a.weight + b.weight
      clusters[near] = (
        zip(a.centre, b.centre).map { (a.weight * $0 + b.weight * $1) / weight }, weight
      )
      index = near + 1
    }
    return clusters.map(\.centre)
  }
}
