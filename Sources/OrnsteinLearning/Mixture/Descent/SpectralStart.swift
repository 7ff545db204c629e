import OrnsteinNumerics
import RealModule

/// Centres from clusters of the data within the span of the leading eigenvectors of their covariance.
///
/// At high noise the student is linear and learns the second moment of the centres, which is the
/// covariance less the identity; its K - 1 leading eigenvectors span the centred means. There the points
/// are clustered by greedy k-means++ seeds, exchanges of seeds and Lloyd's iterations, and the best of
/// several wins.
///
/// - Source: Vempala, Wang, JCSS 68 (2004) 841; Arthur, Vassilvitskii, SODA 2007, 1027; Lattanzi, Sohler,
///   ICML 2019, 3662.
struct SpectralStart {
  static let mostRows = 8_192
  static let lloydIterations = 25
  /// How many points are tried in place of a seed.
  static let exchanges = 50

  /// One centre a row, in the coordinates of the data.
  let centres: [Double]
  /// The share of the rows in each cluster.
  let shares: [Double]

  /// - Parameters:
  ///   - data: Centred rows.
  ///   - rows: How many there are.
  ///   - eigen: The eigendecomposition of their covariance.
  ///   - components: The number of centres, at most the number of rows.
  ///   - restarts: How many clusterings are tried.
  ///   - key: The randomness.
  init(
    _ data: UnsafePointer<Double>, rows: Int, eigen: SymmetricEigendecomposition, components: Int,
    restarts: Int, key: NoiseKey
  ) {
    let (n, k) = (eigen.dimension, components)
    let r = max(1, min(k - 1, n))
    let used = min(rows, Self.mostRows)
    let order = EpochPermutation(of: rows, stream: key.stream(.descentStart, step: 1))
    var points = [Double](repeating: 0, count: used * r)
    for place in 0..<used {
      let row = data + order[place] * n
      for axis in 0..<r {
        let vector = (n - 1 - axis) * n
        var sum = 0.0
        for j in 0..<n { sum += eigen.vectors[vector + j] * row[j] }
        points[place * r + axis] = sum
      }
    }
    var best = Clustering(
      points, dimension: r, clusters: k, stream: key.stream(.descentStart, step: 2))
    for restart in 1..<max(restarts, 1) {
      let other = Clustering(
        points, dimension: r, clusters: k, stream: key.stream(.descentStart, step: 2 + restart))
      if other.inertia < best.inertia { best = other }
    }
    var centres = [Double](repeating: 0, count: k * n)
    for cluster in 0..<k {
      for axis in 0..<r {
        let along = best.centres[cluster * r + axis]
        for j in 0..<n {
          centres[cluster * n + j] += along * eigen.vectors[(n - 1 - axis) * n + j]
        }
      }
    }
    self.centres = centres
    shares = best.counts.map { Double($0) / Double(used) }
  }
}

/// Greedy k-means++ seeds, exchanged where that lowers the inertia, and Lloyd's iterations.
private struct Clustering {
  var centres: [Double]
  var counts: [Int]
  var inertia: Double

  init(_ points: [Double], dimension d: Int, clusters k: Int, stream: NoiseStream) {
    let count = points.count / d
    let trials = 2 + Int(Double.log(Double(k)))
    let numbers = k * trials + SpectralStart.exchanges
    let uniforms = [Double](unsafeUninitializedCapacity: numbers) { buffer, filled in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<numbers]), stream: stream, first: 0)
      filled = numbers
    }
    centres = []
    counts = []
    inertia = .infinity
    points.withUnsafeBufferPointer { points in
      seed(points, d, k, count, trials, uniforms)
      if k > 1 { exchange(points, d, k, count, uniforms.suffix(SpectralStart.exchanges)) }
      var owners = [Int](repeating: 0, count: count)
      for _ in 0..<SpectralStart.lloydIterations {
        let before = inertia
        assign(points, d, k, count, &owners)
        guard inertia < before * (1 - 1e-9) else { break }
        move(points, d, k, count, owners)
      }
    }
  }

  private mutating func seed(
    _ points: UnsafeBufferPointer<Double>, _ d: Int, _ k: Int, _ count: Int, _ trials: Int,
    _ uniforms: [Double]
  ) {
    let first = min(Int(uniforms[0] * Double(count)), count - 1)
    centres = Array(points[(first * d)..<((first + 1) * d)])
    var distances = (0..<count).map { Self.square(points, $0, d, centres, 0) }
    for seed in 1..<max(k, 1) {
      let total = distances.reduce(0, +)
      var best: (sum: Double, distances: [Double], row: Int)?
      for trial in 0..<trials {
        let row = Self.row(at: uniforms[seed * trials + trial] * total, of: distances)
        let candidate = Array(points[(row * d)..<((row + 1) * d)])
        var left = distances
        for index in 0..<count {
          left[index] = min(left[index], Self.square(points, index, d, candidate, 0))
        }
        let inertia = left.reduce(0, +)
        if best.map({ inertia < $0.sum }) ?? true { best = (inertia, left, row) }
      }
      guard let best else { return }
      distances = best.distances
      centres += points[(best.row * d)..<((best.row + 1) * d)]
    }
  }

  /// The first index at which the running sum reaches a number.
  private static func row(at goal: Double, of distances: [Double]) -> Int {
    var (row, sum) = (0, distances[0])
    while sum < goal, row < distances.count - 1 {
      row += 1
      sum += distances[row]
    }
    return row
  }

  /// Puts points in place of those centres without which the inertia is least, where it falls.
  private mutating func exchange(
    _ points: UnsafeBufferPointer<Double>, _ d: Int, _ k: Int, _ count: Int,
    _ uniforms: ArraySlice<Double>
  ) {
    var first = [Double](repeating: 0, count: count)
    var (second, fresh) = (first, first)
    var owners = [Int](repeating: 0, count: count)
    var isCurrent = false
    var total = 0.0
    for uniform in uniforms {
      if !isCurrent {
        total = 0
        for row in 0..<count {
          (first[row], second[row]) = (.infinity, .infinity)
          for cluster in 0..<k {
            let square = Self.square(points, row, d, centres, cluster)
            if square < first[row] {
              (second[row], first[row], owners[row]) = (first[row], square, cluster)
            } else if square < second[row] {
              second[row] = square
            }
          }
          total += first[row]
        }
        isCurrent = true
      }
      let chosen = Self.row(at: uniform * total, of: first)
      let candidate = Array(points[(chosen * d)..<((chosen + 1) * d)])
      var without = [Double](repeating: 0, count: k)
      var base = 0.0
      for row in 0..<count {
        fresh[row] = Self.square(points, row, d, candidate, 0)
        let least = min(fresh[row], first[row])
        base += least
        without[owners[row]] += min(fresh[row], second[row]) - least
      }
      guard let (cluster, added) = without.enumerated().min(by: { $0.element < $1.element }),
        base + added < total * (1 - 1e-9)
      else { continue }
      for axis in 0..<d { centres[cluster * d + axis] = candidate[axis] }
      isCurrent = false
    }
  }

  private mutating func assign(
    _ points: UnsafeBufferPointer<Double>, _ d: Int, _ k: Int, _ count: Int, _ owners: inout [Int]
  ) {
    inertia = 0
    counts = [Int](repeating: 0, count: k)
    for row in 0..<count {
      var (closest, least) = (0, Double.infinity)
      for cluster in 0..<k {
        let square = Self.square(points, row, d, centres, cluster)
        if square < least { (closest, least) = (cluster, square) }
      }
      owners[row] = closest
      counts[closest] += 1
      inertia += least
    }
  }

  private mutating func move(
    _ points: UnsafeBufferPointer<Double>, _ d: Int, _ k: Int, _ count: Int, _ owners: [Int]
  ) {
    var sums = [Double](repeating: 0, count: k * d)
    for row in 0..<count {
      for axis in 0..<d { sums[owners[row] * d + axis] += points[row * d + axis] }
    }
    for cluster in 0..<k where counts[cluster] > 0 {
      for axis in 0..<d {
        centres[cluster * d + axis] = sums[cluster * d + axis] / Double(counts[cluster])
      }
    }
  }

  private static func square(
    _ points: UnsafeBufferPointer<Double>, _ row: Int, _ d: Int, _ centres: [Double], _ cluster: Int
  ) -> Double {
    var sum = 0.0
    for axis in 0..<d {
      let difference = points[row * d + axis] - centres[cluster * d + axis]
      sum += difference * difference
    }
    return sum
  }
}
