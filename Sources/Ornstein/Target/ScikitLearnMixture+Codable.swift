import OrnsteinDiffusion

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ScikitLearnMixture: Codable {
  enum Key: String, CodingKey {
    case type = "covariance_type"
    case weights = "weights_"
    case means = "means_"
    case covariances = "covariances_"
    case precisionsCholesky = "precisions_cholesky_"
  }

  /// Reads the parameters; other attributes are left alone.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    weights = try values.decode([Double].self, forKey: .weights)
    means = try values.decode([[Double]].self, forKey: .means)
    let type = try values.decode(String.self, forKey: .type)
    func covariances(_ key: Key) throws -> Covariances {
      switch type {
      case "full": .full(try values.decode([[[Double]]].self, forKey: key))
      case "tied": .tied(try values.decode([[Double]].self, forKey: key))
      case "diag": .diagonal(try values.decode([[Double]].self, forKey: key))
      case "spherical": .spherical(try values.decode([Double].self, forKey: key))
      default:
        throw TargetError(
          path: Key.type.rawValue,
          reason: "The type \"\(type)\" is not one of full, tied, diag, spherical.")
      }
    }
    self.covariances = try covariances(.covariances)
    precisionsCholesky =
      values.contains(.precisionsCholesky) ? try covariances(.precisionsCholesky) : nil
  }

  /// Writes the parameters.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(covariances.type, forKey: .type)
    try values.encode(weights, forKey: .weights)
    try values.encode(means, forKey: .means)
    func encode(_ covariances: Covariances, _ key: Key) throws {
      switch covariances {
      case .full(let matrices): try values.encode(matrices, forKey: key)
      case .tied(let rows), .diagonal(let rows): try values.encode(rows, forKey: key)
      case .spherical(let variances): try values.encode(variances, forKey: key)
      }
    }
    try encode(covariances, .covariances)
    if let precisionsCholesky { try encode(precisionsCholesky, .precisionsCholesky) }
  }

  /// The parameters as JSON text, which reads back to the same numbers.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(self) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }

  /// Whether some JSON is one of parameters of scikit-learn, right or wrong.
  static func isIn(_ json: Data) -> Bool {
    struct Marks: Decodable {
      var isMixture: Bool

      init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        isMixture = values.contains(.means) || values.contains(.type)
      }
    }
    return (try? JSONDecoder().decode(Marks.self, from: json))?.isMixture ?? false
  }
}
