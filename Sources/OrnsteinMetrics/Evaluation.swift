import OrnsteinNumerics

/// What a measure says of samples, beside what it says of a perfect model.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The name of the measure.
  public var name: String
  /// The score of the samples.
  public var value: Double
  /// Its standard error, where it is known.
  public var standardError: Double?
  /// What a perfect model scores.
  public var floor: NoiseFloor

  /// A score beside its floor.
  public init(name: String, value: Double, standardError: Double?, floor: NoiseFloor) {
    self.name = name
    self.value = value
    self.standardError = standardError
    self.floor = floor
  }

  /// (value - floor mean) / floor standard deviation, or `nil` where the floor has none.
  ///
  /// Not Gaussian: distances are skewed, and honest samples can reach 5. Below 3 no difference is
  /// seen.
  public var z: Double? {
    floor.standardDeviation > 0 ? (value - floor.mean) / floor.standardDeviation : nil
  }
}

extension Evaluation {
  /// Energy distance and sliced Wasserstein distance of samples to a reference, with their floors.
  ///
  /// Samples are cut into random chunks of the reference's size (at most 8, of at most 5000 rows) and
  /// the scores averaged. The floors come from chunks of `pool` of the same size, or from halves of
  /// the reference where there is no pool. All points should be standardised before
  /// (`Standardisation`).
  ///
  /// - Parameters:
  ///   - samples: The rows of a model.
  ///   - reference: Rows that the model has not seen.
  ///   - pool: Other rows of the law.
  ///   - key: The randomness of chunks and directions.
  ///   - threads: How many threads work.
  public static func distances<Scalar: BatchScalar>(
    of samples: Batch<Scalar>, from reference: Batch<Scalar>, pool: Batch<Scalar>? = nil,
    key: NoiseKey = NoiseKey(seed: 0), threads: Int = 1
  ) throws(MetricError) -> [Evaluation] {
    try MetricError.check(samples, reference, rows: 6)
    let size = min(reference.count, EnergyDistance.rowLimit)
    let chunks = NoiseFloor.chunks(of: samples.count, size: size, key: key)
      .map(samples.selecting(rows:))
    let slices = SlicedWasserstein(dimension: reference.dimension, key: key)
    func energy(
      _ left: Batch<Scalar>, _ right: Batch<Scalar>
    ) throws(MetricError) -> EnergyDistance {
      try EnergyDistance(between: left, and: right, key: key, threads: threads)
    }
    func floor(
      _ measure: (Batch<Scalar>, Batch<Scalar>) throws(MetricError) -> Double
    ) throws(MetricError) -> NoiseFloor {
      if let pool, pool.count >= size {
        return try NoiseFloor(
          of: pool, against: reference, chunkRows: size, key: key, measure: measure)
      }
      return try NoiseFloor(ofHalvesOf: reference, key: key, measure: measure)
    }
    var energies: [EnergyDistance] = []
    var sliced: [Double] = []
    for chunk in chunks {
      energies.append(try energy(chunk, reference))
      sliced.append(try slices.distance(between: chunk, and: reference, threads: threads))
    }
    let count = Double(chunks.count)
    return [
      Evaluation(
        name: "energy", value: energies.reduce(0) { $0 + $1.value } / count,
        standardError: energies.reduce(0) { $0 + $1.standardError } / count,
        floor: try floor { (left, right) throws(MetricError) in try energy(left, right).value }),
      Evaluation(
        name: "sliced_w1", value: sliced.reduce(0, +) / count, standardError: nil,
        floor: try floor { (left, right) throws(MetricError) in
          try slices.distance(between: left, and: right, threads: threads)
        }),
    ]
  }
}
