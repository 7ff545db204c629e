/// A published rate of convergence: one row of the table.
///
/// None of these papers prints the constant factors of its bound, so a row holds expressions, not
/// bounds; what is proved with constants is in ``ExplicitBound``.
public struct ConvergenceResult: Sendable {
  /// What is measured between the data and the samples.
  public enum Measure: String, Sendable, Codable, CaseIterable {
    /// The Kullback-Leibler divergence from the data to the samples, in nats.
    case kullbackLeibler = "kl"
    /// The total variation distance, from 0 to 1.
    case totalVariation = "tv"
    /// The Wasserstein-2 distance.
    case wasserstein = "w2"

    /// The usual short name.
    public var title: String {
      switch self {
      case .kullbackLeibler: "KL"
      case .totalVariation: "TV"
      case .wasserstein: "W2"
      }
    }
  }

  /// How far a row was checked against its paper.
  public enum Verification: String, Sendable, Codable {
    /// The rate is that of the paper's abstract.
    case abstract
    /// The rate is that of the abstract; other terms are quoted from surveys or memory.
    case rateOfAbstract = "rate of the abstract"
    /// Quoted from surveys or memory; check it before you rely on it.
    case quoted
  }

  /// What a term is the price of.
  public enum Part: String, Sendable, Codable {
    /// The law at the horizon is not N(0, I).
    case initialization
    /// The score is not exact.
    case score
    /// The Jacobian of the score is not exact.
    case jacobian
    /// The steps are not infinitely small.
    case discretization
    /// The steps of the predictor are not infinitely small.
    case predictor
    /// The steps of the corrector are not infinitely small.
    case corrector
  }

  /// A term of the bound, up to a constant factor that the paper does not give.
  public struct Term: Sendable, Hashable {
    /// What it is the price of.
    public let part: Part
    /// The expression without its factor.
    public let scaling: Scaling

    init(_ part: Part, _ scaling: Scaling) {
      self.part = part
      self.scaling = scaling
    }
  }

  /// The name on the command line.
  public let name: String
  /// What the algorithm is, in a few words.
  public let algorithm: String
  /// Who proved it, and in which paper.
  public let sources: [Source]
  /// What must be true of the data.
  public let assumptions: String
  /// What must be true of the score.
  public let scoreRequirement: String
  /// What is bounded.
  public let measure: Measure
  /// The law that the samples are compared with: `p_0`, or `p_δ` with early stopping.
  public let reference: String
  /// The clock of the paper.
  public let convention: TimeConvention
  /// The terms of the bound, with the times of the convention.
  public let terms: [Term]
  /// What the terms leave out, or `nil`.
  public let remark: String?
  /// The steps that suffice for KL <= ε² or TV <= ε, up to a constant and logarithms; `nil` if no
  /// such number exists.
  public let complexity: Scaling?
  /// What ``complexity`` counts.
  public let complexityUnit: String
  /// What is known from below, or `nil`.
  public let lowerBound: String?
  /// The names of the samplers of this library that do the same.
  public let samplers: [String]
  /// How far the row was checked.
  public let verification: Verification

  /// A paper.
  public struct Source: Sendable, Hashable {
    /// Its authors.
    public let authors: String
    /// Its number on arXiv.
    public let arXiv: String

    init(_ authors: String, _ arXiv: String) {
      self.authors = authors
      self.arXiv = arXiv
    }
  }

  init(
    _ name: String, _ algorithm: String, _ sources: [Source], assumes assumptions: String,
    score scoreRequirement: String, _ measure: Measure, of reference: String,
    _ convention: TimeConvention, terms: [Term], remark: String? = nil, complexity: Scaling?,
    unit complexityUnit: String = "steps", lowerBound: String? = nil, samplers: [String],
    _ verification: Verification
  ) {
    self.name = name
    self.algorithm = algorithm
    self.sources = sources
    self.assumptions = assumptions
    self.scoreRequirement = scoreRequirement
    self.measure = measure
    self.reference = reference
    self.convention = convention
    self.terms = terms
    self.remark = remark
    self.complexity = complexity
    self.complexityUnit = complexityUnit
    self.lowerBound = lowerBound
    self.samplers = samplers
    self.verification = verification
  }

  /// The inputs that the terms need.
  public var needs: [BoundInput] {
    let needed = Set(terms.flatMap(\.scaling.needs))
    return BoundInput.allCases.filter(needed.contains)
  }

  /// What the wanted error of the complexity is: `KL <= ε²` or `TV <= ε`.
  public var goal: String {
    measure == .kullbackLeibler
      ? "KL(\(reference)|q) ≤ ε²" : "\(measure.title)(\(reference), q) ≤ ε"
  }

  /// The ε of the complexity that makes an error at most a wanted one, or `nil` if the row says
  /// nothing about that kind of error.
  ///
  /// A row about KL answers for TV by Pinsker's inequality, TV <= sqrt(KL / 2).
  ///
  /// - Parameters:
  ///   - error: The wanted error.
  ///   - wanted: What it is an error of.
  public func accuracy(for error: Double, in wanted: Measure) -> Double? {
    switch (measure, wanted) {
    case (.kullbackLeibler, .kullbackLeibler): error.squareRoot()
    case (.kullbackLeibler, .totalVariation): 2.0.squareRoot() * error
    case (.totalVariation, .totalVariation): error
    default: nil
    }
  }
}
