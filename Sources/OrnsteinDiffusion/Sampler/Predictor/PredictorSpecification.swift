/// A predictor by its name and options: what a plan records.
///
/// Written as `{"name": "ddim", "parameters": {"eta": 0.5}}`.
public enum PredictorSpecification: Sendable, Hashable {
  /// `ddpm`: ``FrozenScore``.
  case frozenScore
  /// `ddpm-relative`: ``FrozenRelativeScore``.
  case frozenRelativeScore
  /// `ancestral`: ``FrozenDenoiser``.
  case frozenDenoiser
  /// `probability-flow`: ``ProbabilityFlow``.
  case probabilityFlow
  /// `ddim`: ``DenoisingDiffusionImplicit``.
  case denoisingDiffusionImplicit(eta: Double = 0)

  /// Every predictor with its usual options.
  public static let all: [PredictorSpecification] = [
    .frozenScore, .frozenRelativeScore, .frozenDenoiser, .probabilityFlow,
    .denoisingDiffusionImplicit(),
  ]

  /// The names of all predictors.
  public static var names: [String] { all.map(\.name) }

  /// A predictor by name or alias, with some of its options.
  ///
  /// - Throws: ``SamplingError`` for an unknown name, an option that the predictor does not have, or
  ///   a value that it cannot have.
  public init(name: String, parameters: [String: Double] = [:]) throws(SamplingError) {
    guard
      let standard = Self.all.first(where: {
        $0.summary.name == name || $0.summary.aliases.contains(name)
      })
    else { throw .unknownPredictor(name) }
    for option in parameters.keys.sorted() where standard.parameters[option] == nil {
      throw .unknownOption(predictor: standard.name, option: option)
    }
    self =
      if case .denoisingDiffusionImplicit(let eta) = standard {
        .denoisingDiffusionImplicit(eta: parameters["eta"] ?? eta)
      } else {
        standard
      }
    _ = try make()
  }

  /// The name on the command line and in files.
  public var name: String { summary.name }

  /// The options by name.
  public var parameters: [String: Double] {
    if case .denoisingDiffusionImplicit(let eta) = self { ["eta": eta] } else { [:] }
  }

  /// What the method is.
  public var summary: PredictorSummary {
    switch self {
    case .frozenScore: FrozenScore.summary
    case .frozenRelativeScore: FrozenRelativeScore.summary
    case .frozenDenoiser: FrozenDenoiser.summary
    case .probabilityFlow: ProbabilityFlow.summary
    case .denoisingDiffusionImplicit: DenoisingDiffusionImplicit.summary
    }
  }

  /// The predictor itself.
  ///
  /// - Throws: ``SamplingError`` if an option has a value that it cannot have.
  public func make() throws(SamplingError) -> any AffinePredictor {
    switch self {
    case .frozenScore: FrozenScore()
    case .frozenRelativeScore: FrozenRelativeScore()
    case .frozenDenoiser: FrozenDenoiser()
    case .probabilityFlow: ProbabilityFlow()
    case .denoisingDiffusionImplicit(let eta): try DenoisingDiffusionImplicit(eta: eta)
    }
  }
}

extension PredictorSpecification: Codable {
  /// Reads a name and options.
  public init(from decoder: any Decoder) throws {
    let named = try NamedParameters(from: decoder)
    try self.init(name: named.name, parameters: named.parameters ?? [:])
  }

  /// Writes the name and all options.
  public func encode(to encoder: any Encoder) throws {
    try NamedParameters(name: name, parameters: parameters).encode(to: encoder)
  }
}
