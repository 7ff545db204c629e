import RealModule

/// How far a sample is from a law on the line, in four ways, with the standard error of each.
///
/// With F the law's distribution function, G the sample's and F^-1, G^-1 their quantile functions,
/// each integral is taken exactly, piece by piece between the merged nodes of both. The standard
/// errors are those of the influence functions: right where sample and law differ, too small where they
/// are equal, which is what the floor is for.
public struct ProjectionDistances: Sendable, Hashable {
  /// A number and its standard error.
  public struct Estimate: Sendable, Hashable {
    /// The distance.
    public var value: Double
    /// Its standard error.
    public var standardError: Double
  }

  /// sup |F - G|, the Kolmogorov-Smirnov distance.
  public let kolmogorovSmirnov: Estimate
  /// n integral (G - F)^2 dF, the Cramer-von Mises statistic.
  public let cramerVonMises: Estimate
  /// integral |F - G| dx, the Wasserstein-1 distance.
  public let wasserstein1: Estimate
  /// The root of integral (F^-1 - G^-1)^2 du, the Wasserstein-2 distance.
  public let wasserstein2: Estimate

  /// The distances of a sample from a law; costs one pass over both.
  ///
  /// - Parameters:
  ///   - sample: Finite numbers in ascending order, one or more.
  ///   - law: The law.
  public init(sorted sample: [Double], from law: ProjectedLaw) {
    precondition(!sample.isEmpty, "A sample is empty.")
    let area = AreaPass(sample, law)
    let n = Double(sample.count)
    kolmogorovSmirnov = Estimate(
      value: area.largestGap,
      standardError: (area.shareAtGap * (1 - area.shareAtGap) / n).squareRoot())
    cramerVonMises = Estimate(value: n * area.squares, standardError: n * area.squaresError)
    wasserstein1 = Estimate(value: area.total, standardError: area.totalError)
    let transport = QuantilePass(sample, law)
    let root = max(transport.square, 0).squareRoot()
    wasserstein2 = Estimate(
      value: root, standardError: root > 0 ? transport.squareError / (2 * root) : 0)
  }
}

/// Integrals over x of the gap of two distribution functions.
private struct AreaPass {
  var largestGap = 0.0
  var shareAtGap = 0.0
  var total = 0.0
  var squares = 0.0
  var totalError = 0.0
  var squaresError = 0.0

  init(_ sample: [Double], _ law: ProjectedLaw) {
    sample.withUnsafeBufferPointer { sample in
      law.nodes.withUnsafeBufferPointer { nodes in
        law.below.withUnsafeBufferPointer { below in
          law.at.withUnsafeBufferPointer { at in run(sample, nodes, below, at) }
        }
      }
    }
  }

  private mutating func run(
    _ sample: UnsafeBufferPointer<Double>, _ nodes: UnsafeBufferPointer<Double>,
    _ below: UnsafeBufferPointer<Double>, _ at: UnsafeBufferPointer<Double>
  ) {
    let count = Double(sample.count)
    var (next, node) = (0, 0)
    var place = min(sample[0], nodes[0])
    var (share, cumulative) = (0.0, 0.0)
    // Running values of integral sign(G - F) dx and 2 integral (G - F) dF, and their moments over
    // the rows.
    var (signed, weighted) = (0.0, 0.0)
    var (signedSum, signedSquares, weightedSum, weightedSquares) = (0.0, 0.0, 0.0, 0.0)
    while next < sample.count || node < nodes.count {
      let takesNode =
        node < nodes.count && (next >= sample.count || nodes[node] <= sample[next])
      let there = takesNode ? nodes[node] : sample[next]
      let length = there - place
      var reached = cumulative
      if takesNode {
        reached = below[node]
      } else if node > 0, node < nodes.count {
        let slope = (below[node] - at[node - 1]) / (nodes[node] - nodes[node - 1])
        reached = at[node - 1] + (there - nodes[node - 1]) * slope
      }
      if length > 0 {
        let (start, end) = (share - cumulative, share - reached)
        note(start, share)
        note(end, share)
        if start * end >= 0 {
          total += length * abs(start + end) / 2
          signed += start + end > 0 ? length : start + end < 0 ? -length : 0
        } else {
          let width = abs(start) + abs(end)
          total += length * (start * start + end * end) / (2 * width)
          signed += length * (start > 0 ? 1 : -1) * (abs(start) - abs(end)) / width
        }
        squares += (start * start * start - end * end * end) / 3
        weighted += start * start - end * end
      }
      place = there
      cumulative = reached
      // Both sides may jump here.
      while next < sample.count, sample[next] == there {
        share = Double(next + 1) / count
        signedSum += signed
        signedSquares += signed * signed
        weightedSum += weighted
        weightedSquares += weighted * weighted
        next += 1
      }
      if node < nodes.count, nodes[node] == there {
        let jump = at[node] - cumulative
        cumulative = at[node]
        if jump > 0 {
          let gap = share - cumulative
          squares += gap * gap * jump
          weighted += 2 * gap * jump
        }
        node += 1
      }
    }
    func error(_ sum: Double, _ squares: Double) -> Double {
      let mean = sum / count
      return (max(0, squares / count - mean * mean) / count).squareRoot()
    }
    totalError = error(signedSum, signedSquares)
    squaresError = error(weightedSum, weightedSquares)
  }

  @inline(__always)
  private mutating func note(_ gap: Double, _ share: Double) {
    if abs(gap) > largestGap {
      largestGap = abs(gap)
      shareAtGap = share
    }
  }
}

/// The integral over u of the squared gap of two quantile functions.
private struct QuantilePass {
  var square = 0.0
  var squareError = 0.0

  init(_ sample: [Double], _ law: ProjectedLaw) {
    sample.withUnsafeBufferPointer { sample in
      law.nodes.withUnsafeBufferPointer { nodes in
        law.below.withUnsafeBufferPointer { below in
          law.at.withUnsafeBufferPointer { at in run(sample, nodes, below, at) }
        }
      }
    }
  }

  private mutating func run(
    _ sample: UnsafeBufferPointer<Double>, _ nodes: UnsafeBufferPointer<Double>,
    _ below: UnsafeBufferPointer<Double>, _ at: UnsafeBufferPointer<Double>
  ) {
    let count = Double(sample.count)
    // The piece of the law's quantile function: from `low` at `start` to `high` at `end`.
    var (node, isJump) = (0, false)
    var (start, end, low, high) = (0.0, 0.0, nodes[0], nodes[0])
    func advance() {
      start = end
      while true {
        if isJump {
          guard node + 1 < nodes.count else { break }
          (low, high) = (nodes[node], nodes[node + 1])
          node += 1
          isJump = false
          end = max(end, below[node])
        } else {
          (low, high) = (nodes[node], nodes[node])
          isJump = true
          end = max(end, at[node])
        }
        if end > start { return }
      }
      // Rounding: the last piece goes on to 1.
      (low, high, end) = (nodes[nodes.count - 1], nodes[nodes.count - 1], 2)
    }
    advance()
    var u = 0.0
    var (potential, sum, squares) = (0.0, 0.0, 0.0)
    for index in sample.indices {
      let x = sample[index]
      sum += potential
      squares += potential * potential
      let limit = Double(index + 1) / count
      while u < limit {
        let next = min(limit, end)
        let slope = end > start ? (high - low) / (end - start) : 0
        let (a, b) = (x - low - (u - start) * slope, x - low - (next - start) * slope)
        square += (next - u) * (a * a + a * b + b * b) / 3
        u = next
        if u >= end { advance() }
      }
      if index + 1 < sample.count {
        let slope = end > start ? (high - low) / (end - start) : 0
        let quantile = low + (u - start) * slope
        let following = sample[index + 1]
        potential += (following - x) * (following + x - 2 * quantile)
      }
    }
    let mean = sum / count
    squareError = (max(0, squares / count - mean * mean) / count).squareRoot()
  }
}
