/// A forward process by its name and parameters: what a plan or a model file records.
///
/// Written as `{"name": "vp-linear", "parameters": {"beta-min": 0.1, "beta-max": 20}}`; parameters
/// that are left out take their usual values.
public enum ProcessSpecification: Sendable, Hashable {
  /// `ou`: ``OrnsteinUhlenbeck/canonical``.
  case ornsteinUhlenbeck
  /// `ou-slow`: ``OrnsteinUhlenbeck/slow``.
  case slowOrnsteinUhlenbeck
  /// `vp-linear`: ``VariancePreserving`` with a linear rate.
  case linearVariancePreserving(minimum: Double = 0.1, maximum: Double = 20)
  /// `vp-cosine`: ``VariancePreserving`` with the cosine schedule.
  case cosineVariancePreserving(offset: Double = 0.008)
  /// `subvp`: ``SubVariancePreserving``.
  case subVariancePreserving(minimum: Double = 0.1, maximum: Double = 20)
  /// `ve`: ``VarianceExploding``.
  case varianceExploding(minimum: Double = 0.01, maximum: Double = 50)
  /// `rectified-flow`: ``RectifiedFlow``.
  case rectifiedFlow
  /// `localization`: ``StochasticLocalization``.
  case localization

  /// Every process with its usual parameters.
  public static let all: [ProcessSpecification] = [
    .ornsteinUhlenbeck, .slowOrnsteinUhlenbeck, .linearVariancePreserving(),
    .cosineVariancePreserving(), .subVariancePreserving(), .varianceExploding(), .rectifiedFlow,
    .localization,
  ]

  /// The names of all processes.
  public static var names: [String] { all.map(\.name) }

  /// A process by name, with some of its parameters.
  ///
  /// - Throws: ``ProcessError`` for an unknown name, a parameter that the process does not have, or a
  ///   value that it cannot have.
  public init(name: String, parameters: [String: Double] = [:]) throws(ProcessError) {
    guard let standard = Self.all.first(where: { $0.name == name }) else {
      throw .unknownProcess(name)
    }
    for parameter in parameters.keys.sorted() where standard.parameters[parameter] == nil {
      throw .unknownParameter(process: name, parameter: parameter)
    }
    func value(_ parameter: String, _ usual: Double) -> Double { parameters[parameter] ?? usual }
    self =
      switch standard {
      case .linearVariancePreserving(let minimum, let maximum):
        .linearVariancePreserving(
          minimum: value("beta-min", minimum), maximum: value("beta-max", maximum))
      case .cosineVariancePreserving(let offset):
        .cosineVariancePreserving(offset: value("offset", offset))
      case .subVariancePreserving(let minimum, let maximum):
        .subVariancePreserving(
          minimum: value("beta-min", minimum), maximum: value("beta-max", maximum))
      case .varianceExploding(let minimum, let maximum):
        .varianceExploding(
          minimum: value("sigma-min", minimum), maximum: value("sigma-max", maximum))
      case .ornsteinUhlenbeck, .slowOrnsteinUhlenbeck, .rectifiedFlow, .localization: standard
      }
    _ = try make()
  }

  /// The name on the command line and in files.
  public var name: String {
    switch self {
    case .ornsteinUhlenbeck: "ou"
    case .slowOrnsteinUhlenbeck: "ou-slow"
    case .linearVariancePreserving: "vp-linear"
    case .cosineVariancePreserving: "vp-cosine"
    case .subVariancePreserving: "subvp"
    case .varianceExploding: "ve"
    case .rectifiedFlow: "rectified-flow"
    case .localization: "localization"
    }
  }

  /// The parameters by name.
  public var parameters: [String: Double] {
    switch self {
    case .linearVariancePreserving(let minimum, let maximum),
      .subVariancePreserving(let minimum, let maximum):
      ["beta-min": minimum, "beta-max": maximum]
    case .cosineVariancePreserving(let offset): ["offset": offset]
    case .varianceExploding(let minimum, let maximum):
      ["sigma-min": minimum, "sigma-max": maximum]
    case .ornsteinUhlenbeck, .slowOrnsteinUhlenbeck, .rectifiedFlow, .localization: [:]
    }
  }

  /// The equation, in one line.
  public var summary: String {
    switch self {
    case .ornsteinUhlenbeck: "dX = -X dt + sqrt(2) dW, the canonical process"
    case .slowOrnsteinUhlenbeck: "dX = -X/2 dt + dW, the canonical process with times doubled"
    case .linearVariancePreserving: "dX = -beta/2 X dt + sqrt(beta) dW, beta linear in t"
    case .cosineVariancePreserving: "dX = -beta/2 X dt + sqrt(beta) dW, alpha a cosine of t"
    case .subVariancePreserving: "dX = -beta/2 X dt + sqrt(beta (1 - e^{-2B})) dW"
    case .varianceExploding: "x_t = x_0 + sigma(t) xi, sigma geometric in t"
    case .rectifiedFlow: "x_t = (1 - t) x_0 + t xi"
    case .localization: "Y_u = u X_0 + W_u with u = 1 / (e^{2t} - 1)"
    }
  }

  /// Where the process comes from.
  public var source: String {
    switch self {
    case .ornsteinUhlenbeck: "arXiv 2209.11215"
    case .slowOrnsteinUhlenbeck: "arXiv 2211.01916"
    case .linearVariancePreserving: "arXiv 2006.11239, 2011.13456"
    case .cosineVariancePreserving: "arXiv 2102.09672"
    case .subVariancePreserving, .varianceExploding: "arXiv 2011.13456"
    case .rectifiedFlow: "arXiv 2209.03003, 2210.02747"
    case .localization: "arXiv 2305.10690, 2204.13399"
    }
  }

  /// The process itself.
  ///
  /// - Throws: ``ProcessError`` if a parameter has a value that it cannot have.
  public func make() throws(ProcessError) -> any ForwardProcess {
    switch self {
    case .ornsteinUhlenbeck: OrnsteinUhlenbeck.canonical
    case .slowOrnsteinUhlenbeck: OrnsteinUhlenbeck.slow
    case .linearVariancePreserving(let minimum, let maximum):
      VariancePreserving(rate: try LinearRate(minimum: minimum, maximum: maximum))
    case .cosineVariancePreserving(let offset): try VariancePreserving(cosineOffset: offset)
    case .subVariancePreserving(let minimum, let maximum):
      SubVariancePreserving(rate: try LinearRate(minimum: minimum, maximum: maximum))
    case .varianceExploding(let minimum, let maximum):
      try VarianceExploding(minimum: minimum, maximum: maximum)
    case .rectifiedFlow: RectifiedFlow()
    case .localization: StochasticLocalization()
    }
  }
}

extension ProcessSpecification: Codable {
  /// Reads a name and parameters.
  public init(from decoder: any Decoder) throws {
    let named = try NamedParameters(from: decoder)
    try self.init(name: named.name, parameters: named.parameters ?? [:])
  }

  /// Writes the name and all parameters.
  public func encode(to encoder: any Encoder) throws {
    try NamedParameters(name: name, parameters: parameters).encode(to: encoder)
  }
}

/// A named choice with numbers, as files hold it.
struct NamedParameters: Codable {
  var name: String
  var parameters: [String: Double]?
}
