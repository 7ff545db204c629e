import OrnsteinDiffusion
import OrnsteinNumerics
import Synchronization

/// What is looked at in samples and, for the floors, in exact samples alike.
struct TargetSurvey: Sendable {
  /// What was found in one sample.
  struct Finding: Sendable {
    var distances: [ProjectionDistances]
    var moments: SampleMoments
    /// The rows in the cells of each partition.
    var counts: [[Int]]
  }

  let law: ReferenceLaw
  /// The law along each direction, coordinates first.
  let laws: [ProjectedLaw]
  let partitions: [Partition]
  private let names: [String]
  private let directions: [[Double]]
  private let axisCount: Int
  private let center: [Double]
  private let threads: Int

  /// - Parameters:
  ///   - law: The law.
  ///   - directions: How many random directions there are.
  ///   - example: An exact sample that says where to cut cells.
  ///   - key: The randomness of directions and draws.
  ///   - threads: How many threads work.
  init(
    _ law: ReferenceLaw, directions count: Int, example: Batch<Double>, key: NoiseKey, threads: Int
  ) {
    self.law = law
    self.threads = threads
    let d = law.dimension
    center = law.moments.mean
    axisCount = min(d, TargetEvaluation.axisLimit)
    var directions = (0..<axisCount).map { axis in
      (0..<d).map { $0 == axis ? 1.0 : 0 }
    }
    var names = (0..<axisCount).map { "x\($0)" }
    // On the line there are no directions but one.
    let randomCount = d > 1 ? max(count, 0) : 0
    if randomCount > 0 {
      let axes = SlicedWasserstein.unitVectors(randomCount, dimension: d, key: key)
      for index in 0..<randomCount {
        directions.append(axes.point(index).map { Double($0) })
        names.append("random \(index)")
      }
    }
    self.directions = directions
    self.names = names
    var draws: Batch<Double>?
    laws = directions.map { law.law(along: $0, draws: &draws, key: key, threads: threads) }
    let cutters = example[0..<min(example.count, 50_000)]
    partitions = Partition.all(
      of: law, line: d == 1 ? laws[0] : nil, draws: cutters,
      logDensity: law.hasDensity ? law.logDensity(of: cutters, threads: threads) : [],
      rows: example.count)
  }

  /// Measures one sample.
  func measure(_ rows: Batch<Double>) throws -> Finding {
    let found = Mutex([ProjectionDistances?](repeating: nil, count: directions.count))
    try Chunks(of: 0..<directions.count, size: 1).forEach(threads: threads) { range, _ in
      let index = range.lowerBound
      var values = rows.projected(on: directions[index])
      values.radixSort()
      let distances = ProjectionDistances(sorted: values, from: laws[index])
      found.withLock { $0[index] = distances }
    }
    let needsDensity = partitions.contains {
      if case .logDensity = $0.cells { true } else { false }
    }
    let logDensity = needsDensity ? law.logDensity(of: rows, threads: threads) : []
    return Finding(
      distances: found.withLock { $0.compactMap(\.self) },
      moments: SampleMoments(of: rows, center: center),
      counts: partitions.map { $0.counts(of: rows, logDensity: logDensity) })
  }

  /// Each direction with its floors.
  func results(_ own: Finding, _ draws: [Finding], rows: Int) -> [ProjectionResult] {
    directions.indices.map { index in
      ProjectionResult(
        name: names[index], direction: index < axisCount ? nil : directions[index],
        law: laws[index], samples: own.distances[index],
        draws: draws.map { $0.distances[index] }, rows: rows)
    }
  }

  /// The mean of a distance, or the root of its mean square, over random directions.
  func sliced(
    _ part: KeyPath<ProjectionDistances, ProjectionDistances.Estimate>, _ own: Finding,
    _ draws: [Finding], power: Int
  ) -> Comparison {
    let first = directions.count > axisCount ? axisCount : 0
    let range = first..<directions.count
    func mean(_ finding: Finding) -> Double {
      var sum = 0.0
      for index in range {
        let value = finding.distances[index][keyPath: part].value
        sum += power == 1 ? value : value * value
      }
      let mean = sum / Double(range.count)
      return power == 1 ? mean : mean.squareRoot()
    }
    // Directions share their rows, so that their errors add up.
    var error = 0.0
    let value = mean(own)
    for index in range {
      let estimate = own.distances[index][keyPath: part]
      error +=
        power == 1 || value == 0
        ? estimate.standardError : estimate.standardError * estimate.value / value
    }
    return Comparison(
      value: value, standardError: error / Double(range.count), floors: draws.map(mean))
  }
}
