import OrnsteinNumerics
import RealModule

/// The data as a pilot run sees it, and how low its noise must go.
struct PilotRange {
  let score: PilotScore
  let moments: DataMoments
  /// The largest deviation of the data along any direction.
  let deviation: Double
  /// The deviation sigma / alpha at the horizon.
  let start: Double
  /// The deviation at the end, 0 for clean data.
  let end: Double
  /// The deviation below which the flow is a straight line.
  private(set) var floor = 0.0
  /// The deviation below which points no longer change their basin.
  private(set) var tail = 0.0

  /// The range of some data, with a crude pass over 64 points.
  init(
    _ score: PilotScore, moments: DataMoments, deviation: Double, start: Double, end: Double
  ) throws(SamplingError) {
    self.score = score
    self.moments = moments
    self.deviation = deviation
    self.start = start
    self.end = end
    let levels = [Double].geometric(from: start, to: 1e-5 * deviation, count: Self.crudeLevels)
    var noises: [[Double]] = []
    var y = try draw(64, .pilotCrude)
    for (sigma, next) in zip(levels, levels.dropFirst()) {
      let noise = score.noise(of: y, at: sigma)
      y = y.adding(noise, times: next - sigma)
      noises.append(noise)
    }
    find(noises, levels)
  }

  private static let crudeLevels = 72

  /// Points of the matched normal law at the horizon, in y = x / alpha.
  func draw(_ count: Int, _ purpose: NoisePurpose, step: Int = 0) throws(SamplingError) -> [Double]
  {
    let initial = try InitialDraw(
      Sampler<Double>.Start.moments(moments), at: NoiseLevel(time: 0, alpha: 1, sigma: start),
      dimension: score.dimension)
    var points = [Double](repeating: 0, count: count * score.dimension)
    points.withUnsafeMutableBufferPointer {
      initial.draw(into: $0, stream: Self.key.stream(purpose, step: step), first: 0)
    }
    return points
  }

  /// The seed of pilot runs: the same for all, so that a plan is a function of the model.
  static let key = NoiseKey(seed: 0x9E37_79B9_7F4A_7C15)

  /// The floor lies below the last change of the predicted noise, and the tail where it is small.
  private mutating func find(_ noises: [[Double]], _ levels: [Double]) {
    let changes = zip(noises, noises.dropFirst()).map { a, b in
      (b.adding(a, times: -1).reduce(0) { $0 + $1 * $1 } / Double(a.count)).squareRoot()
    }
    let largest = max(changes.max() ?? 0, 1e-30)
    var lowest = 0.1 * start
    if let last = changes.lastIndex(where: { $0 > 0.02 * largest }) {
      lowest = levels[last + 1] / 4
    }
    var tail = 20 * lowest
    let sizes = noises.map { Self.quantile($0.meanSquares(dimension: score.dimension), 0.9) }
    if let last = sizes.lastIndex(where: { $0 > 0.02 }), last < Self.crudeLevels - 8 {
      tail = levels[last + 1]
      lowest = max(lowest, tail / 10)
    }
    floor = end > 0 ? end : min(max(lowest, 1e-5 * deviation), start / 20)
    self.tail = min(max(tail, floor), max(start / 4, floor))
  }

  private static func quantile(_ numbers: [Double], _ share: Double) -> Double {
    let sorted = numbers.sorted()
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }
}
