import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// What descent promises whatever the data.
@Suite struct DescentContractTests {
  private static func quick(_ components: Int) -> ScoreMatchingDescent {
    var settings = ScoreMatchingDescent(components: components, variance: .estimated)
    settings.highIterations = 6
    settings.lowIterations = 10
    settings.batchSize = 700
    return settings
  }

  @Test(arguments: [2, 3])
  func bitsDoNotDependOnThreads(components: Int) throws {
    let data = MixtureGradientTests.normals(1_501, 4, seed: 5)
    let key = NoiseKey(seed: 9)
    let one = try Self.quick(components).learn(data, key: key)
    let two = try Self.quick(components).learn(data, key: key, threads: 2)
    #expect(one.centres == two.centres && one.weights == two.weights)
    #expect(one.variance == two.variance && one.history == two.history)
    let other = try Self.quick(components).learn(data, key: NoiseKey(seed: 10))
    #expect(other.centres != one.centres)
  }

  @Test func eventsCountBothStagesAndMayStop() throws {
    let data = MixtureGradientTests.normals(900, 3, seed: 5)
    let all = try Self.quick(2).learn(data, key: NoiseKey(seed: 1))
    #expect(all.history.map(\.iteration) == Array(1...16) && all.isFinished)
    #expect(all.history.map(\.stage).firstIndex(of: .contraction) == 6)
    #expect(all.history.allSatisfy { $0.totalIterations == 16 && $0.objective.isFinite })
    for last in [1, 5, 6, 7, 16] {
      let some = try Self.quick(2).learn(data, key: NoiseKey(seed: 1)) { $0.iteration < last }
      #expect(some.history == Array(all.history.prefix(last)))
      #expect(some.isFinished == (last == 16))
      #expect(some.centres.elements.allSatisfy { $0.isFinite })
    }
  }

  /// The mixture moves with the data and stays finite on what is no mixture at all.
  @Test func oddDataGiveMixtures() throws {
    let key = NoiseKey(seed: 2)
    let line = Batch((0..<200).map { Double($0) * 1e6 }, dimension: 1)
    var far = MixtureGradientTests.normals(400, 3, seed: 5)
    far[7, 1] = 1e8
    let few = Batch(rows: [[0.0, 0], [0, 0], [1, 1], [1, 1], [5, 5], [5, 5]])
    for (data, components) in [(line, 2), (line, 4), (far, 3), (few, 3), (line, 1), (far, 2)] {
      let result = try Self.quick(components).learn(data, key: key)
      #expect(result.centres.elements.allSatisfy { $0.isFinite })
      #expect(agrees(result.weights.reduce(0, +), 1))
      #expect(result.variance > 0)
    }
    let equal = Batch(rows: [[Double]](repeating: [1, 2], count: 8))
    var known = Self.quick(2)
    known.variance = .known(1)
    let point = try known.learn(equal, key: key)
    #expect(point.centres.elements.allSatisfy { $0.isFinite })
    #expect(throws: DescentError.noSpread) { try Self.quick(2).learn(equal, key: key) }
  }

  @Test func settingsOutOfRangeAreNamed() {
    let data = MixtureGradientTests.normals(50, 3, seed: 5)
    func error(_ change: (inout ScoreMatchingDescent) -> Void) -> DescentError? {
      var settings = Self.quick(3)
      change(&settings)
      do {
        _ = try settings.learn(data, key: NoiseKey(seed: 1))
        return nil
      } catch {
        return error
      }
    }
    #expect(error { $0.components = 0 } == .invalid(setting: "number of components", value: 0))
    #expect(error { $0.components = 26 } == .tooFewRows(count: 50, minimum: 52))
    #expect(error { $0.start = .random } == .randomStartNeedsPair(components: 3))
    #expect(
      error { $0.start = .centres([[0, 0, 0]]) }
        == .wrongCount(of: "centres", found: 1, expected: 3))
    #expect(
      error { $0.start = .centres([[0], [1], [2]]) } == .wrongDimension(found: 3, expected: 1))
    #expect(error { $0.lowTime = 0 } == .invalid(setting: "lowTime", value: 0))
    #expect(error { $0.highTime = -1 } == .invalid(setting: "highTime", value: -1))
    #expect(error { $0.rate = 1.5 } == .invalid(setting: "rate", value: 1.5))
    #expect(error { $0.batchSize = 0 } == .invalid(setting: "batchSize", value: 0))
    #expect(error { $0.variance = .known(-2) } == .invalid(setting: "variance", value: -2))
    #expect(error { $0.weights = .fixed([1, 0, 1]) } == .invalid(setting: "weight", value: 0))
    #expect(
      error { $0.weights = .fixed([1, 1]) }
        == .wrongCount(of: "weights", found: 2, expected: 3))
    #expect(error { _ in } == nil)
  }
}
