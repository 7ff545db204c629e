import OrnsteinNumerics
import RealModule

/// Paths of the flow in small steps, as states and slopes of ``MatchedNormal``.
///
/// The points come in the order: typical ones to fit, those at edges to fit, typical ones to check,
/// those at edges to check.
struct PilotPaths {
  /// The deviations of the nodes, of which the last is the end of the run.
  let deviations: [Double]
  /// w of all points at each node.
  private(set) var states: [[Double]]
  /// The slope of all points at each node but the last.
  private(set) var slopes: [[Double]]
  /// What is removed from the score.
  let normal: MatchedNormal
  /// How much of an error at each node is left at the end, the root of the mean contraction.
  let amplification: [Double]
  let score: PilotScore
  /// The numbers of points of each sort.
  let counts: Counts

  struct Counts {
    var typical: Int
    var edges: Int
    var typicalChecks: Int
    var edgeChecks: Int

    var fit: Int { typical + edges }
    var all: Int { fit + typicalChecks + edgeChecks }

    /// Fewer points where each has many coordinates.
    init(dimension: Int) {
      typical = min(192, max(64, 4096 / dimension))
      edges = min(128, typical / 2)
      typicalChecks = min(64, max(32, typical / 2))
      edgeChecks = 32
    }
  }

  /// The number of intervals.
  var intervals: Int { deviations.count - 1 }

  /// S of each coordinate at a node.
  func scales(_ node: Int) -> [Double] { normal.deviations(at: deviations[node]) }

  /// Follows the flow from the horizon.
  init(in range: PilotRange, intervals: Int) throws(SamplingError) {
    score = range.score
    let d = score.dimension
    counts = Counts(dimension: d)
    let typical = try range.draw(counts.typical + counts.typicalChecks, .pilotStart)
    let edges = try BasinEdges.find(counts.edges + counts.edgeChecks, in: range)
    let start =
      typical[..<(counts.typical * d)] + edges[..<(counts.edges * d)]
      + typical[(counts.typical * d)...] + edges[(counts.edges * d)...]
    let clean = range.end == 0
    let nodes = clean ? intervals : intervals + 1
    deviations =
      [Double].geometric(from: range.start, to: range.floor, count: nodes) + (clean ? [0] : [])
    (states, slopes) = Self.follow(Array(start), along: deviations, score)
    let floor = range.floor / 10
    let variances = (0..<d).map {
      max(range.moments.covariance[$0 * d + $0], floor * floor, .leastNormalMagnitude)
    }
    let isEven = variances.allSatisfy { abs($0 - variances[0]) <= 1e-13 * variances[0] }
    normal = MatchedNormal(mean: range.moments.mean, variances: isEven ? [variances[0]] : variances)
    amplification = Self.amplification(slopes, deviations, counts, dimension: d)
    transform()
  }

  /// The points and their predicted noise at each node but the last.
  private static func follow(
    _ start: [Double], along deviations: [Double], _ score: PilotScore
  ) -> (points: [[Double]], noises: [[Double]]) {
    var y = start
    var (points, noises) = ([y], [[Double]]())
    for (sigma, next) in zip(deviations, deviations.dropFirst()) {
      let noise = score.noise(of: y, at: sigma)
      noises.append(noise)
      if next > 0 {
        let step = Double.log(next / sigma)
        y = PilotScore.rungeKutta(y, first: noise.map { sigma * $0 }, step: step) { y, part in
          let sigma = sigma * .exp(step * part)
          return score.noise(of: y, at: sigma).map { sigma * $0 }
        }
      } else {
        let lowest = 1e-3 * sigma
        let step = (lowest - sigma) / 4
        for index in 0..<4 {
          let from = sigma + Double(index) * step
          y = PilotScore.rungeKutta(y, step: step) { score.noise(of: $0, at: from + step * $1) }
        }
        y = score.euler(y, from: lowest, to: 0)
      }
      points.append(y)
    }
    return (points, noises)
  }

  /// The mean contraction of the flow by the identity E div eps = E |eps|^2 / sigma.
  private static func amplification(
    _ noises: [[Double]], _ deviations: [Double], _ counts: Counts, dimension d: Int
  ) -> [Double] {
    let sizes = noises.map { noise in
      var squares = noise[..<(counts.typical * d)].reduce(0) { $0 + $1 * $1 }
      let checks = counts.fit * d..<(counts.fit + counts.typicalChecks) * d
      squares = noise[checks].reduce(squares) { $0 + $1 * $1 }
      return min(1, squares / Double((counts.typical + counts.typicalChecks) * d))
    }
    let last = sizes.count - 1
    let end = deviations[last + 1]
    var left = end > 0 ? sizes[last] * .log(deviations[last] / end) : sizes[last] / 2
    var factors = [Double](repeating: 1, count: deviations.count)
    factors[last] = .exp(-left)
    for node in stride(from: last - 1, through: 0, by: -1) {
      left += (sizes[node] + sizes[node + 1]) / 2 * .log(deviations[node] / deviations[node + 1])
      factors[node] = .exp(-left)
    }
    return factors
  }

  /// Points and noises become states and slopes.
  private mutating func transform() {
    for node in states.indices {
      let sigma = deviations[node]
      states[node] = normal.states(states[node], at: sigma)
      guard node < slopes.count else { continue }
      slopes[node] = normal.slopes(states[node], slopes[node], at: sigma)
    }
  }

  /// The slope of some states at a node.
  func slope(_ states: [Double], at node: Int) -> [Double] {
    normal.slope(states, at: deviations[node], of: score)
  }

  /// The states of the points to fit at a node.
  func fitted(_ node: Int) -> [Double] { Array(states[node].prefix(counts.fit * score.dimension)) }

  /// The states of the points to check at a node.
  func checked(_ node: Int) -> [Double] {
    Array(states[node].dropFirst(counts.fit * score.dimension))
  }

  /// Whether no number of the paths is infinite or undefined.
  var isFinite: Bool {
    (states + slopes).allSatisfy { $0.allSatisfy(\.isFinite) }
  }
}

extension MatchedNormal {
  /// A number of a column of which there may be one for all.
  @inline(__always)
  private func column(_ values: [Double], _ index: Int) -> Double {
    values.count == 1 ? values[0] : values[index % values.count]
  }

  /// w of points y.
  func states(_ y: [Double], at sigma: Double) -> [Double] {
    let scales = deviations(at: sigma)
    return y.indices.map { (y[$0] - mean[$0 % mean.count]) / column(scales, $0) }
  }

  /// y of states w.
  func points(_ states: [Double], at sigma: Double) -> [Double] {
    let scales = deviations(at: sigma)
    return states.indices.map { mean[$0 % mean.count] + column(scales, $0) * states[$0] }
  }

  /// Slopes of states with their predicted noise.
  func slopes(_ states: [Double], _ noises: [Double], at sigma: Double) -> [Double] {
    let scales = deviations(at: sigma)
    return states.indices.map { index in
      let scale = column(scales, index)
      return (noises[index] - sigma / scale * states[index]) / scale
    }
  }

  /// The slopes of states that a model says.
  func slope(_ states: [Double], at sigma: Double, of score: PilotScore) -> [Double] {
    slopes(states, score.noise(of: points(states, at: sigma), at: sigma), at: sigma)
  }

  /// Differences of states in units of y.
  func scaled(_ states: [Double], at sigma: Double) -> [Double] {
    let scales = deviations(at: sigma)
    return states.indices.map { states[$0] * column(scales, $0) }
  }
}
