import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import Testing

@Suite struct RoundedScoreNetworkTests {
  static let shapes = [
    NetworkShape(dimension: 3, width: 31, hiddenLayers: 2, featureCount: 8),
    NetworkShape(dimension: 2, width: 64, hiddenLayers: 3, featureCount: 16),
  ]

  /// 8 significant bits, in double precision.
  private static func rounded(_ x: Double) -> Double {
    guard x != 0 else { return 0 }
    let unit = Double.exp2(Double(x.exponent) - 7)
    return (x / unit).rounded(.toNearestOrEven) * unit
  }

  /// The score is that of the formula with rounded factors, and differs from that without.
  @Test(arguments: shapes)
  func followsTheRoundedFormula(shape: NetworkShape) throws {
    let network: ScoreNetwork<Float> = try ScoreNetworkTests.network(shape, .noise)
    let points: Batch<Float> = ScoreNetworkTests.points(150, shape.dimension)
    let level = ScoreNetworkTests.canonical(0.4)
    let (single, half) = (
      ScoreNetworkTests.scores(network, points, level),
      ScoreNetworkTests.scores(RoundedScoreNetwork(network), points, level)
    )
    var (error, effect, size) = (0.0, 0.0, 0.0)
    for row in 0..<points.count {
      let raw = ScoreNetworkTests.plainOutput(
        shape, x: points.point(row).map { Double($0) / level.scale }, logSNR: level.logSNR,
        rounding: Self.rounded)
      for j in 0..<shape.dimension {
        let truth = -raw[j] / level.sigma
        error += (Double(half[row, j]) - truth) * (Double(half[row, j]) - truth)
        effect += (Double(single[row, j]) - truth) * (Double(single[row, j]) - truth)
        size += truth * truth
      }
    }
    // Activations that single precision puts on the other side of a tie are few: 1 of some thousand.
    #expect(error.squareRoot() < 0.1 * effect.squareRoot())
    #expect(effect.squareRoot() < 0.01 * size.squareRoot())
  }

  @Test(arguments: shapes)
  func batchMatesNeverMatter(shape: NetworkShape) throws {
    let network = RoundedScoreNetwork(try ScoreNetworkTests.network(shape))
    let points: Batch<Float> = ScoreNetworkTests.points(301, shape.dimension)
    let level = ScoreNetworkTests.canonical(0.7)
    let together = ScoreNetworkTests.scores(network, points, level)
    for row in [0, 1, 13, 127, 128, 250, 300] {
      let alone = ScoreNetworkTests.scores(network, points[row..<row + 1], level)
      #expect(alone.point(0) == together.point(row))
    }
    #expect(ScoreNetworkTests.scores(network, points[57..<290], level) == together[57..<290])
    #expect(ScoreNetworkTests.scores(network, points[0..<0], level).count == 0)
  }

  /// With one hidden layer nothing is rounded.
  @Test func oneLayerStaysAsItIs() throws {
    let network: ScoreNetwork<Float> = try ScoreNetworkTests.network(ScoreNetworkTests.shapes[0])
    let points: Batch<Float> = ScoreNetworkTests.points(20, 1)
    let level = ScoreNetworkTests.canonical(0.4)
    #expect(
      ScoreNetworkTests.scores(RoundedScoreNetwork(network), points, level)
        == ScoreNetworkTests.scores(network, points, level))
  }
}
