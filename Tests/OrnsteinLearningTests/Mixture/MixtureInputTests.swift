import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import Testing

@Suite struct MixtureInputTests {
  private func error(
    _ points: Batch<Double>, weights: [Double]? = nil, components: Int = 2,
    start: MixtureStart = .kMeans
  ) -> ExpectationMaximizationError? {
    do throws(ExpectationMaximizationError) {
      _ = try ExpectationMaximization(
        ExpectationMaximizationSettings(components: components, start: start)
      ).fit(points, weights: weights, key: NoiseKey(seed: 1), threads: 1)
      return nil
    } catch {
      return error
    }
  }

  private static let good = Batch((0..<20).map { Double($0 * $0 % 17) }, dimension: 2)

  @Test func rowsThatCannotBeUsedAreNamed() {
    #expect(error(Self.good) == nil)
    var points = Self.good
    points[3, 1] = .infinity
    #expect(error(points) == .notFinite(row: 3, column: 1))
    points[3, 1] = 1e200
    #expect(error(points) == .notFinite(row: 3, column: 1))
    points[3, 1] = .nan
    #expect(error(points) == nil)
    points[3, 0] = .nan
    #expect(error(points) == .emptyRow(3))
    points = Self.good
    for row in 0..<10 { points[row, 1] = .nan }
    #expect(error(points) == .emptyColumn(1))
  }

  @Test func weightsThatCannotBeUsedAreNamed() {
    let ones = [Double](repeating: 1, count: 10)
    #expect(error(Self.good, weights: ones) == nil)
    #expect(error(Self.good, weights: [1, 2]) == .weightCount(2, rows: 10))
    for wrong in [-1, Double.infinity] {
      var weights = ones
      weights[4] = wrong
      #expect(error(Self.good, weights: weights) == .invalidWeight(row: 4, weight: wrong))
    }
    #expect(
      error(Self.good, weights: [Double](repeating: 0, count: 10))
        == .tooFewRows(count: 0, components: 1))
    #expect(
      error(Self.good, weights: [1] + [Double](repeating: 0, count: 9))
        == .tooFewRows(count: 1, components: 2))
  }

  @Test func thereMustBeAsManyRowsAsComponents() {
    #expect(error(Self.good, components: 11) == .tooFewRows(count: 10, components: 11))
    #expect(
      error(Batch(count: 0, dimension: 2)) == .tooFewRows(count: 0, components: 1))
    #expect(
      error(Self.good, components: 0)
        == .setting(name: "components", value: "0", expected: "1 or more"))
  }

  @Test func startsMustFit() throws {
    let mixture = GaussianMixtureDescription(
      name: "start", dimension: 3, components: [.init(weight: 1, mean: [0, 0, 0])])
    for start in [
      MixtureStart.mixture(mixture), .labels([0, 1]), .labels([Int](repeating: 2, count: 10)),
      .responsibilities([1]), .responsibilities([Double](repeating: -1, count: 20)),
    ] {
      guard case .start(let reason) = error(Self.good, start: start) else {
        Issue.record("\(start) was taken.")
        continue
      }
      #expect(reason.hasSuffix("."))
    }
  }

  @Test func settingsOutOfRangeAreNamed() {
    var settings = ExpectationMaximizationSettings(components: 2)
    settings.ridge = -1
    #expect(throws: ExpectationMaximizationError.self) { try ExpectationMaximization(settings) }
    settings.ridge = 0
    settings.tolerance = .nan
    #expect(throws: ExpectationMaximizationError.self) { try ExpectationMaximization(settings) }
    let points = Batch([0.0, 1, 2, 10, 11, 12], dimension: 1)
    for search in [MixtureSearch(components: []), MixtureSearch(covariances: [])] {
      #expect(throws: ExpectationMaximizationError.self) {
        _ = try search.run(points, key: NoiseKey(seed: 1), threads: 1)
      }
    }
  }

  @Test func errorsAreSentences() {
    let errors: [ExpectationMaximizationError] = [
      .setting(name: "ridge", value: "-1", expected: "0 or more"),
      .tooFewRows(count: 1, components: 2), .notFinite(row: 1, column: 2), .emptyRow(1),
      .emptyColumn(1), .weightCount(1, rows: 2), .invalidWeight(row: 1, weight: -1),
      .start(reason: "reason."), .notPositiveDefinite(component: 1), .notANumber(iteration: 1),
      .mixture(.noComponents),
    ]
    for error in errors { #expect(error.description.hasSuffix(".")) }
  }
}
