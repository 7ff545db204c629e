import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct MixtureStackTests {
  private static func logDensities(
    of points: [Double], mean: Double, deviation: Double
  ) -> [Double] {
    points.map {
      let z = ($0 - mean) / deviation
      return -z * z / 2 - .log(deviation) - .log(2 * .pi) / 2
    }
  }

  private static func normals(_ count: Int, seed: UInt64) -> [Double] {
    var numbers = [Double](repeating: 0, count: count)
    numbers.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
    return numbers
  }

  /// 0.3 N(-2, 1) + 0.7 N(2, 1/4): the two laws join with the weights of the truth.
  ///
  /// A far third law does not. The standard error of a weight of laws so far apart is that of a share,
  /// sqrt(0.21 / n); false-alarm rate 1e-5.
  @Test func weightsAreThoseOfTheTruth() throws {
    let count = 20_000
    let z = Self.normals(count, seed: 1)
    let points = z.indices.map { $0 % 10 < 3 ? z[$0] - 2 : 2 + z[$0] / 2 }
    let laws = [
      Self.logDensities(of: points, mean: 2, deviation: 0.5),
      Self.logDensities(of: points, mean: 9, deviation: 1),
      Self.logDensities(of: points, mean: -2, deviation: 1),
    ]
    let ones = [Double](repeating: 1, count: count)
    let stack = MixtureStack(of: laws, weights: ones, on: 0, memberLimit: 5)
    #expect(stack.members == [0, 2])
    let error = (0.21 / Double(count)).squareRoot()
    let limit = StatisticalGate.threshold(falseAlarmRate: 1e-5)
    #expect(abs(stack.weights[0] - 0.7) < limit * error)
    #expect(agrees(stack.weights.reduce(0, +), 1, relative: 1e-12))
    let gain = try #require(stack.gain)
    let mean =
      points.indices.reduce(0) { sum, row in
        sum
          + .log(stack.weights[0] * .exp(laws[0][row]) + stack.weights[1] * .exp(laws[2][row]))
          - laws[0][row]
      } / Double(count)
    #expect(agrees(gain.mean, mean, relative: 1e-9))
    #expect(gain.standardError > 0)
    #expect(MixtureStack(of: laws, weights: ones, on: 0, memberLimit: 1).members == [0])
  }

  /// The true law, one of its neighbours and itself again: nothing that joins is better.
  @Test func theTrueLawStaysAlone() {
    for seed in 1...5 as ClosedRange<UInt64> {
      let points = Self.normals(4000, seed: seed)
      let laws = [0, 0.05, -0.1, 0].map {
        Self.logDensities(of: points, mean: $0, deviation: 1)
      }
      let stack = MixtureStack(
        of: laws, weights: points.map { _ in 1 }, on: 0, memberLimit: 5)
      #expect(stack.members == [0] && stack.weights == [1] && stack.gain == nil)
    }
  }

  /// Rows of weight 0 say nothing.
  @Test func rowsCountByTheirWeights() {
    let points = Self.normals(1000, seed: 3) + Self.normals(1000, seed: 4).map { $0 + 8 }
    let laws = [0.0, 8].map { Self.logDensities(of: points, mean: $0, deviation: 1) }
    let first = points.indices.map { $0 < 1000 ? 1.0 : 0 }
    #expect(MixtureStack(of: laws, weights: first, on: 0, memberLimit: 4).members == [0])
    let both = MixtureStack(of: laws, weights: points.map { _ in 2 }, on: 0, memberLimit: 4)
    #expect(both.members == [0, 1])
    #expect(agrees(both.weights[0], 0.5, absolute: 1e-3))
  }

  /// A circle, which no few normal laws describe: the mean of mixtures is nearer to it than the winner
  /// and than its members are on average, on points that none has seen.
  @Test func aCircleIsMetFromSeveralSides() throws {
    func circle(_ rows: Int, seed: UInt64) -> Batch<Double> {
      let noise = Self.normals(4 * rows, seed: seed)
      return Batch(
        (0..<rows).flatMap { row in
          let place = noise[4 * row..<4 * row + 4]
          let (x, y) = (place[place.startIndex], place[place.startIndex + 1])
          let scale = 3 / (x * x + y * y).squareRoot()
          return [
            scale * x + 0.1 * place[place.startIndex + 2],
            scale * y + 0.1 * place[place.startIndex + 3],
          ]
        }, dimension: 2)
    }
    let (points, judges) = (circle(5000, seed: 5), circle(20_000, seed: 6))
    var search = MixtureSearch(covariances: [.tied, .full], goal: .heldOut)
    search.settings.restarts = 1
    let stacked = try search.run(points, key: NoiseKey(seed: 1), threads: 2)
    search.memberLimit = 1
    let single = try search.run(points, key: NoiseKey(seed: 1), threads: 2)
    #expect(stacked.members.count > 1 && single.members.count == 1)
    #expect(stacked.winner == single.winner)
    func mean(_ mixture: GaussianMixture<Double>) throws -> Double {
      let values = try ExpectationMaximization.logDensities(
        of: judges, under: mixture, threads: 2)
      return values.reduce(0, +) / Double(values.count)
    }
    let best = try mean(stacked.mixture)
    #expect(try best > mean(single.mixture))
    let average = try stacked.members.reduce(0) { try $0 + $1.weight * mean($1.fit.mixture) }
    #expect(best > average)
    let gain = try #require(stacked.gain)
    #expect(gain.mean > 2 * gain.standardError)
    let total = stacked.mixture.description.components.reduce(0) { $0 + $1.weight }
    #expect(agrees(total, 1, relative: 1e-9))
  }
}
