import OrnsteinNumerics

/// The covariance of one component of a mixture.
public enum MixtureCovariance: Sendable, Hashable {
  /// I.
  case identity
  /// v I.
  case isotropic(Double)
  /// One variance a coordinate.
  case diagonal([Double])
  /// All rows.
  case full([[Double]])

  /// Whether the axes of coordinates are principal axes whatever the numbers.
  package var isAxisAligned: Bool { if case .full = self { false } else { true } }

  /// The matrix, row after row.
  package func rows(dimension d: Int) -> [[Double]] {
    if case .full(let rows) = self { return rows }
    return (0..<d).map { i in
      var row = [Double](repeating: 0, count: d)
      switch self {
      case .identity, .full: row[i] = 1
      case .isotropic(let variance): row[i] = variance
      case .diagonal(let variances): row[i] = variances[i]
      }
      return row
    }
  }

  func validate(component: Int, dimension: Int) throws(MixtureError) {
    switch self {
    case .identity: break
    case .isotropic(let variance): try Self.validate(variances: [variance], component: component)
    case .diagonal(let variances):
      guard variances.count == dimension else {
        throw .wrongLength(
          component: component, part: "diagonal covariance", count: variances.count,
          expected: dimension)
      }
      try Self.validate(variances: variances, component: component)
    case .full(let rows): try Self.validate(rows: rows, component: component, dimension: dimension)
    }
  }

  private static func validate(variances: [Double], component: Int) throws(MixtureError) {
    for variance in variances {
      guard variance.isFinite else { throw .notFinite(component: component, part: "covariance") }
      guard variance >= 0 else {
        throw .negativeVariance(component: component, variance: variance)
      }
    }
  }

  private static func validate(
    rows: [[Double]], component: Int, dimension: Int
  ) throws(MixtureError) {
    guard rows.count == dimension else {
      throw .wrongLength(
        component: component, part: "full covariance", count: rows.count, expected: dimension)
    }
    for (index, row) in rows.enumerated() where row.count != dimension {
      throw .wrongLength(
        component: component, part: "covariance row \(index)", count: row.count,
        expected: dimension)
    }
    guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw .notFinite(component: component, part: "covariance")
    }
    let scale = rows.reduce(0) { max($0, $1.reduce(0) { max($0, abs($1)) }) }
    for row in 0..<dimension {
      for column in 0..<row where abs(rows[row][column] - rows[column][row]) > 1e-9 * scale {
        throw .notSymmetric(component: component, row: row, column: column)
      }
    }
    let values = try eigen(rows: rows, component: component, dimension: dimension).values
    guard let least = values.first, least >= -1e-9 * scale else {
      throw .notPositiveSemidefinite(component: component, eigenvalue: values.first ?? .nan)
    }
  }

  static func eigen(
    rows: [[Double]], component: Int, dimension: Int
  ) throws(MixtureError) -> SymmetricEigendecomposition {
    do {
      return try SymmetricEigendecomposition(of: rows.flatMap(\.self), dimension: dimension)
    } catch {
      throw .notFinite(component: component, part: "eigendecomposition of the covariance")
    }
  }

  /// The covariance of alpha X + sigma xi if this is that of X.
  func noised(at level: NoiseLevel) -> MixtureCovariance {
    let (signal, noise) = (level.alpha * level.alpha, level.sigma * level.sigma)
    switch self {
    case .identity: return .isotropic(signal + noise)
    case .isotropic(let variance): return .isotropic(signal * variance + noise)
    case .diagonal(let variances): return .diagonal(variances.map { signal * $0 + noise })
    case .full(let rows):
      return .full(
        rows.enumerated().map { row, numbers in
          numbers.enumerated().map { signal * $1 + ($0 == row ? noise : 0) }
        })
    }
  }
}

extension MixtureCovariance: Codable {
  private enum Key: String, CodingKey, CaseIterable { case isotropic, diagonal, full }

  /// Reads `"identity"` or an object with one of the keys isotropic, diagonal and full.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "identity" else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "The covariance \"\(word)\" is not \"identity\"."))
      }
      self = .identity
      return
    }
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first, container.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "A covariance is \"identity\" or has exactly one of the keys "
            + Key.allCases.map(\.rawValue).joined(separator: ", ") + "."))
    }
    switch key {
    case .isotropic: self = .isotropic(try container.decode(Double.self, forKey: key))
    case .diagonal: self = .diagonal(try container.decode([Double].self, forKey: key))
    case .full: self = .full(try container.decode([[Double]].self, forKey: key))
    }
  }

  /// Writes the form that a target file has.
  public func encode(to encoder: any Encoder) throws {
    if case .identity = self {
      var container = encoder.singleValueContainer()
      try container.encode("identity")
      return
    }
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .identity: break
    case .isotropic(let variance): try container.encode(variance, forKey: .isotropic)
    case .diagonal(let variances): try container.encode(variances, forKey: .diagonal)
    case .full(let rows): try container.encode(rows, forKey: .full)
    }
  }
}
