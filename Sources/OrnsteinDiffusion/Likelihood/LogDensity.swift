/// The log-density of a point, in nats, and how far it can be off.
public struct LogDensity: Sendable, Hashable, Codable {
  /// The log-density.
  public var value: Double
  /// An estimate of the error of the numerical integration, 0 for a closed form.
  ///
  /// The difference of two orders summed over the steps: cautious, but no bound.
  public var numericalError: Double
  /// The standard error of a trace or a bound that was estimated, `nil` where nothing was or where a
  /// single direction does not tell.
  public var standardError: Double?

  /// A log-density by its parts.
  public init(value: Double, numericalError: Double = 0, standardError: Double? = nil) {
    self.value = value
    self.numericalError = numericalError
    self.standardError = standardError
  }
}

/// The mean of log-densities over rows.
public struct MeanLogDensity: Sendable, Hashable, Codable {
  /// The mean, in nats a row.
  public var mean: Double
  /// Its standard error over the rows; 0 for a single one.
  public var standardError: Double
  /// The mean numerical error of a row.
  public var numericalError: Double
  /// The number of rows.
  public var rows: Int

  /// The mean of one or more log-densities, each with its weight.
  ///
  /// - Parameters:
  ///   - densities: The log-densities.
  ///   - weights: As many numbers above 0.
  package init(of densities: [LogDensity], weights: [Double]) {
    self.init(of: densities)
    let total = weights.reduce(0, +)
    mean = zip(densities, weights).reduce(0) { $0 + $1.1 / total * $1.0.value }
    numericalError = zip(densities, weights).reduce(0) {
      $0 + $1.1 / total * $1.0.numericalError
    }
    let squares = zip(densities, weights).reduce(0) {
      let deviation = $1.1 / total * ($1.0.value - mean)
      return $0 + deviation * deviation
    }
    let count = Double(rows)
    standardError = (squares * count / max(count - 1, 1)).squareRoot()
  }

  /// The mean of one or more log-densities.
  public init(of densities: [LogDensity]) {
    precondition(!densities.isEmpty, "The mean of no log-densities is not defined.")
    rows = densities.count
    var (mean, squares, error) = (0.0, 0.0, 0.0)
    for (index, density) in densities.enumerated() {
      let change = density.value - mean
      mean += change / Double(index + 1)
      squares += change * (density.value - mean)
      error += density.numericalError
    }
    self.mean = mean
    numericalError = error / Double(rows)
    standardError =
      rows > 1 ? (squares / Double(rows - 1) / Double(rows)).squareRoot() : 0
  }
}
