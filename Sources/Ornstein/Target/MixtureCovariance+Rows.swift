import OrnsteinDiffusion

extension MixtureCovariance {
  /// Whether coordinates are independent.
  var isDiagonal: Bool { if case .full = self { false } else { true } }

  /// All rows.
  func rows(dimension d: Int) -> [[Double]] {
    if case .full(let rows) = self { return rows }
    return (0..<d).map { i in
      (0..<d).map { j in
        guard i == j else { return 0 }
        return switch self {
        case .identity: 1
        case .isotropic(let variance): variance
        case .diagonal(let variances): variances[i]
        case .full(let rows): rows[i][j]
        }
      }
    }
  }
}
