/// A library whose samplers people know.
public enum SamplerLibrary: String, Sendable, Codable, CaseIterable {
  /// Hugging Face diffusers.
  case diffusers
  /// k-diffusion.
  case kDiffusion = "k-diffusion"
  /// azula.
  case azula
  /// The code of Song et al., score_sde.
  case scoreSDE = "score_sde"
}

/// In which sense a method has its order.
public enum OrderSense: String, Sendable, Codable {
  /// The error of the law of the points.
  case law
  /// The error of each point against the exact flow.
  case trajectory
  /// No order: the method keeps a law, or is exact.
  case none
}

/// What a predictor or a corrector is, for lists and documentation.
public struct MethodSummary: Sendable, Hashable {
  /// The name on the command line and in files.
  public let name: String
  /// Other names by which people know the method.
  public let aliases: [String]
  /// The method in one line.
  public let title: String
  /// The order in the step size, with usual options; 0 if it has none.
  public let order: Int
  /// What converges at this order.
  public let orderSense: OrderSense
  /// Score evaluations a step, with usual options.
  public let evaluationsPerStep: Int
  /// Whether steps draw noise; an option may decide it.
  public let stochastic: String
  /// What it equals in other libraries.
  public let equivalents: [SamplerLibrary: String]
  /// The grid that it is made for, or `nil`.
  public let grid: GridKind?
  /// Whether the method plans its levels and coefficients for a model, in a pilot run.
  public let isPlanned: Bool
  /// Paper and equation.
  public let source: String

  /// A summary by its parts.
  public init(
    name: String, aliases: [String] = [], title: String, order: Int,
    orderSense: OrderSense = .law, evaluationsPerStep: Int = 1, stochastic: String,
    equivalents: [SamplerLibrary: String] = [:], grid: GridKind? = nil,
    isPlanned: Bool = false, source: String
  ) {
    self.name = name
    self.aliases = aliases
    self.title = title
    self.order = order
    self.orderSense = orderSense
    self.evaluationsPerStep = evaluationsPerStep
    self.stochastic = stochastic
    self.equivalents = equivalents
    self.grid = grid
    self.isPlanned = isPlanned
    self.source = source
  }
}

/// A number that a method takes.
public struct MethodParameter: Sendable, Hashable {
  /// The name on the command line and in files.
  public let name: String
  /// The value unless told otherwise.
  public let usual: Double
  /// What it is, with its range.
  public let meaning: String

  /// A parameter by its parts.
  public init(_ name: String, _ usual: Double, _ meaning: String) {
    self.name = name
    self.usual = usual
    self.meaning = meaning
  }
}
