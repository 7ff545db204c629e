import OrnsteinLearning
import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct EpochPermutationTests {
  static func order(_ count: Int, epoch: Int, seed: UInt64 = 4) -> EpochPermutation {
    EpochPermutation(
      of: count, stream: NoiseKey(seed: seed).stream(.trainingOrder, step: epoch))
  }

  @Test(arguments: Array(1...70) + [127, 128, 129, 1_000, 4_095, 4_096, 4_097, 100_003])
  func everyRowComesOnce(count: Int) {
    for epoch in 0..<3 {
      let order = Self.order(count, epoch: epoch)
      var seen = [Bool](repeating: false, count: count)
      for place in 0..<count { seen[order[place]] = true }
      #expect(seen.allSatisfy { $0 })
    }
  }

  @Test func epochsAndSeedsDiffer() {
    let first = (0..<1_000).map { Self.order(1_000, epoch: 0)[$0] }
    #expect(first == (0..<1_000).map { Self.order(1_000, epoch: 0)[$0] })
    #expect(first != (0..<1_000).map { Self.order(1_000, epoch: 1)[$0] })
    #expect(first != (0..<1_000).map { Self.order(1_000, epoch: 0, seed: 5)[$0] })
  }

  /// Chi-squared tests that row and place are independent; each fails for a random order with
  /// probability 1e-6.
  @Test(arguments: [5, 16, 37])
  func everyRowIsAsLikelyAtEveryPlace(count: Int) {
    let epochs = 4_000
    var table = [Int](repeating: 0, count: count * count)
    var pairs = [Int](repeating: 0, count: count)
    for epoch in 0..<epochs {
      let order = Self.order(count, epoch: epoch)
      for place in 0..<count { table[place * count + order[place]] += 1 }
      pairs[(order[1] - order[0] + count) % count] += 1
    }
    func statistic(_ counts: [Int], _ expected: Double) -> Double {
      counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
    let places = statistic(table, Double(epochs) / Double(count))
    #expect(
      StatisticalGate.chiSquaredTail(places, degreesOfFreedom: (count - 1) * (count - 1)) > 1e-6)
    let steps = statistic(Array(pairs.dropFirst()), Double(epochs) / Double(count - 1))
    #expect(StatisticalGate.chiSquaredTail(steps, degreesOfFreedom: count - 2) > 1e-6)
  }
}
