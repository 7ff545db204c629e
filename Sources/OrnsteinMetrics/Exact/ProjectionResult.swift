/// How far samples are from an exact law along one direction.
public struct ProjectionResult: Sendable, Hashable, Codable {
  /// A coordinate, as `x0`, or a random direction, as `random 3`.
  public var name: String
  /// The unit vector of a random direction; `nil` for a coordinate.
  public var direction: [Double]?
  /// How the law along the direction is known.
  public var origin: ProjectedLaw.Origin
  /// The largest gap of the distribution functions; the p-value is Kolmogorov's.
  public var kolmogorovSmirnov: Comparison
  /// n times the mean squared gap of the distribution functions under the law; the p-value is that of its
  /// limit law.
  public var cramerVonMises: Comparison
  /// The area between the distribution functions.
  public var wasserstein1: Comparison
  /// The Wasserstein-2 distance.
  public var wasserstein2: Comparison

  /// - Parameters:
  ///   - samples: The distances of the samples.
  ///   - draws: Those of exact samples of the same size.
  ///   - rows: That size.
  init(
    name: String, direction: [Double]?, law: ProjectedLaw, samples: ProjectionDistances,
    draws: [ProjectionDistances], rows: Int
  ) {
    self.name = name
    self.direction = direction
    origin = law.origin
    func compare(
      _ part: KeyPath<ProjectionDistances, ProjectionDistances.Estimate>, _ pValue: Double? = nil
    ) -> Comparison {
      Comparison(
        value: samples[keyPath: part].value, standardError: samples[keyPath: part].standardError,
        floors: draws.map { $0[keyPath: part].value }, pValue: pValue)
    }
    // Of a law from draws, both samples vary.
    let share = law.rows.map { Double($0) / Double($0 + rows) } ?? 1
    kolmogorovSmirnov = compare(
      \.kolmogorovSmirnov,
      Significance.kolmogorovTail(
        distance: samples.kolmogorovSmirnov.value, rows: Double(rows) * share))
    cramerVonMises = compare(
      \.cramerVonMises, Significance.cramerVonMisesTail(samples.cramerVonMises.value * share))
    wasserstein1 = compare(\.wasserstein1)
    wasserstein2 = compare(\.wasserstein2)
  }
}
