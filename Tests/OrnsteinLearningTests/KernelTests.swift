import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// The kernel learner against scikit-learn, closed forms and the theory of normal data.
@Suite struct KernelTests {
  static let golden = Batch(GoldenKernel.points, dimension: 2)

  static func normals(_ rows: Int, _ dimension: Int, seed: UInt64) -> Batch<Double> {
    var batch = Batch<Double>(count: rows, dimension: dimension)
    batch.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
    return batch
  }

  static func fit(
    _ data: Batch<Double>, _ settings: KernelSettings = KernelSettings(),
    weights: [Double]? = nil, threads: Int = 2
  ) throws -> KernelFit {
    try KernelLearner(settings).fit(
      data, weights: weights, key: NoiseKey(seed: 1), threads: threads)
  }

  @Test(arguments: GoldenKernel.likelihoods.indices) func likelihoodsOfScikitLearn(index: Int)
    throws
  {
    let golden = GoldenKernel.likelihoods[index]
    let fit = try Self.fit(Self.golden, KernelSettings(bandwidth: golden.bandwidth))
    #expect(fit.bandwidth == golden.bandwidth)
    #expect(agrees(fit.heldOutLogDensity.mean, golden.mean, relative: 1e-11))
    #expect(agrees(fit.heldOutLogDensity.standardError, golden.error, relative: 1e-9))
    #expect(fit.heldOutLogDensity.rows == Self.golden.count)
  }

  @Test func bestBandwidthOfSciPy() throws {
    let fit = try Self.fit(Self.golden, KernelSettings(tolerance: 1e-6))
    #expect(agrees(fit.bandwidth, GoldenKernel.best, relative: 1e-5))
    #expect(fit.isConverged)
    #expect(try agrees(Self.fit(Self.golden).bandwidth, GoldenKernel.best, relative: 2e-3))
  }

  /// n p(x_i) = (n - 1) p_{-i}(x_i) + kernel(0).
  @Test func leaveOneOutIdentity() throws {
    let (h, n) = (0.7, Double(Self.golden.count))
    let fit = try Self.fit(Self.golden, KernelSettings(bandwidth: h))
    let whole = fit.law.logDensity(of: Self.golden, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    let own = 1 / (2 * .pi * h * h)
    let others = whole.map { Double.log((n * .exp($0) - own) / (n - 1)) }
    #expect(agrees(fit.heldOutLogDensity.mean, others.reduce(0, +) / n, relative: 1e-11))
  }

  /// On normal data the best bandwidth of the likelihood follows Silverman's for the squared error,
  /// sigma (4 / (d + 2))^{1 / (d + 4)} n^{-1 / (d + 4)}, up to a factor near 1 that the tails,
  /// which the likelihood cares for, push upwards: between 0.8 and 1.6 here.
  ///
  /// Ratios of means over seeds follow its power of n to 25 %.
  @Test(arguments: [1, 3]) func followsSilverman(dimension: Int) throws {
    let d = Double(dimension)
    func rule(_ n: Double) -> Double {
      .pow(4 / (d + 2) / n, 1 / (d + 4))
    }
    var ratios: [Double] = []
    for n in [250, 2000] {
      var mean = 0.0
      for seed in 1...6 as ClosedRange<UInt64> {
        let bandwidth = try Self.fit(Self.normals(n, dimension, seed: seed)).bandwidth
        mean += bandwidth / rule(Double(n)) / 6
      }
      #expect(mean > 0.8 && mean < 1.6)
      ratios.append(mean)
    }
    #expect(abs(ratios[1] / ratios[0] - 1) < 0.25)
  }

  @Test func sameForAnyNumberOfThreads() throws {
    let data = Self.normals(700, 4, seed: 9)
    let one = try Self.fit(data, KernelSettings(mostQueries: 300), threads: 1)
    let three = try Self.fit(data, KernelSettings(mostQueries: 300), threads: 3)
    #expect(one.trials == three.trials)
    #expect(one.heldOutLogDensity == three.heldOutLogDensity)
    #expect(one.memorisation == three.memorisation)
  }

  /// Whole weights are repeated rows, but for the row that is left out with all of its weight.
  @Test func weightsAreShares() throws {
    let data = Self.normals(40, 2, seed: 3)
    let weights = (0..<40).map { $0 % 3 == 0 ? 0.0 : Double($0 % 3) }
    let repeated = (0..<40).flatMap { row in
      [Double](repeatElement(data.point(row), count: Int(weights[row])).flatMap(\.self))
    }
    let settings = KernelSettings(bandwidth: 0.5)
    let weighted = try Self.fit(data, settings, weights: weights.map { 7 * $0 })
    let many = try Self.fit(Batch(repeated, dimension: 2), settings)
    #expect(agrees(weighted.heldOutLogDensity.mean, many.heldOutLogDensity.mean, relative: 1e-11))
    let query = Batch(rows: [[0.1, 0.4]])
    let level = NoiseLevel(time: 0, alpha: 1, sigma: 0)
    #expect(
      agrees(
        weighted.law.logDensity(of: query, at: level), many.law.logDensity(of: query, at: level)))
  }

  /// Rows that were held out judge a law of the others, which for many rows is nearly the same.
  @Test func heldOutRowsAgree() throws {
    let data = Self.normals(1500, 2, seed: 6)
    let each = try Self.fit(data)
    let some = try Self.fit(data, KernelSettings(selection: .heldOut(share: 0.3)))
    #expect(some.heldOutLogDensity.rows == 450)
    #expect(some.law.base.points.count == 1500)
    #expect(abs(Double.log(some.bandwidth / each.bandwidth)) < 0.35)
    let error = some.heldOutLogDensity.standardError
    #expect(abs(some.heldOutLogDensity.mean - each.heldOutLogDensity.mean) < 6 * error)
    // The true law, of entropy 1 + log(2 pi), is better, but not by much.
    let truth = -(1 + Double.log(2 * .pi))
    #expect(each.heldOutLogDensity.mean < truth + 6 * each.heldOutLogDensity.standardError)
    #expect(each.heldOutLogDensity.mean > truth - 0.3)
  }

  /// A forced tiny bandwidth copies rows and says so; in one dimension the best one does not.
  @Test func memorisationIsNamed() throws {
    let data = Self.normals(500, 6, seed: 2)
    let copies = try Self.fit(data, KernelSettings(bandwidth: 1e-3))
    #expect(copies.memorisation.isMemorising)
    #expect(copies.memorisation.closeShare == 1)
    #expect((copies.memorisation.ratio ?? 1) < 0.01)
    #expect(copies.warnings.first?.contains("100 %") == true)
    let fresh = try Self.fit(Self.normals(2000, 1, seed: 2))
    #expect(!fresh.memorisation.isMemorising)
    #expect(fresh.warnings.isEmpty)
    // Of the true law 5 % are that close; the standard error of the share is 1 %.
    #expect(fresh.memorisation.closeShare < 0.12)
  }

  /// Repeated rows do not drive the bandwidth to 0, and are named.
  @Test func copiesAreLeftOut() throws {
    let single = Self.normals(300, 2, seed: 8)
    let twice = Batch(single.elements + single.elements, dimension: 2)
    let one = try Self.fit(single)
    let two = try Self.fit(twice)
    #expect(agrees(two.bandwidth, one.bandwidth, relative: 1e-9))
    #expect(two.copyShare == 1)
    #expect(two.warnings.last?.contains("copies of other rows") == true)
    #expect(one.copyShare == 0)
  }

  @Test func stoppingKeepsTheBest() throws {
    let data = Self.normals(100, 2, seed: 5)
    var seen: [KernelEvent] = []
    let fit = try KernelLearner().fit(data, key: NoiseKey(seed: 1)) { event in
      seen.append(event)
      return seen.count < 18
    }
    #expect(!fit.isConverged)
    #expect(seen == fit.trials)
    #expect(seen.count == 18)
    let best = seen.max { $0.meanLogDensity < $1.meanLogDensity }
    #expect(fit.bandwidth == best?.bandwidth)
  }

  @Test func mistakesAreNamed() throws {
    func error(
      _ data: Batch<Double>, _ settings: KernelSettings = KernelSettings(),
      weights: [Double]? = nil
    ) -> KernelError? {
      do {
        _ = try Self.fit(data, settings, weights: weights)
        return nil
      } catch {
        return error as? KernelError
      }
    }
    let data = Self.normals(20, 2, seed: 5)
    #expect(error(data[0..<3]) == .tooFewRows(count: 3, minimum: 4))
    var broken = data
    broken[7, 1] = .nan
    #expect(error(broken) == .notFinite(row: 7, column: 1))
    #expect(error(Batch<Double>(count: 9, dimension: 2)) == .noSpread)
    #expect(error(data, weights: [1]) == .invalidWeights)
    #expect(error(data, weights: [Double](repeating: -1, count: 20)) == .invalidWeights)
    for settings in [
      KernelSettings(bandwidth: -1), KernelSettings(selection: .heldOut(share: 1)),
      KernelSettings(mostQueries: 0), KernelSettings(tolerance: 0),
    ] {
      guard case .setting = error(data, settings) else {
        Issue.record("\(settings)")
        continue
      }
    }
  }
}
