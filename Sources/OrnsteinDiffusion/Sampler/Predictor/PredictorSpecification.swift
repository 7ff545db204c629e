/// A predictor by its name and options: what a plan records.
///
/// Written as `{"name": "ddim", "parameters": {"eta": 0.5}}`; options that are left out take their
/// usual values.
public struct PredictorSpecification: Sendable, Hashable {
  /// The name on the command line and in files.
  public let name: String
  /// The value of every option.
  public let parameters: [String: Double]

  /// Every predictor with its usual options.
  public static let all: [PredictorSpecification] = PredictorEntry.all.map {
    PredictorSpecification(name: $0.summary.name, parameters: $0.usual)
  }

  /// The predictor of a plan that names none.
  public static let usual = frozenScore

  /// The names of all predictors.
  public static var names: [String] { all.map(\.name) }

  /// A predictor by name or alias, with some of its options.
  ///
  /// - Throws: ``SamplingError`` for an unknown name, an option that the predictor does not have, or
  ///   a value that it cannot have.
  public init(name: String, options: [String: Double] = [:]) throws(SamplingError) {
    guard let entry = PredictorEntry.named(name) else { throw .unknownPredictor(name) }
    for option in options.keys.sorted() where entry.usual[option] == nil {
      throw .unknownOption(predictor: entry.summary.name, option: option)
    }
    self.init(
      name: entry.summary.name, parameters: entry.usual.merging(options) { _, new in new })
    _ = try make()
  }

  init(name: String, parameters: [String: Double]) {
    self.name = name
    self.parameters = parameters
  }

  /// What the method is.
  public var summary: MethodSummary { entry.summary }

  /// The options that the method takes.
  public var options: [MethodParameter] { entry.parameters }

  /// The predictor itself.
  ///
  /// - Throws: ``SamplingError`` if an option has a value that it cannot have.
  public func make() throws(SamplingError) -> any Predictor { try entry.make(parameters) }

  private var entry: PredictorEntry {
    guard let entry = PredictorEntry.named(name) else {
      preconditionFailure("No predictor is named \(name).")
    }
    return entry
  }
}

extension PredictorSpecification: Codable {
  /// Reads a name and options.
  public init(from decoder: any Decoder) throws {
    let named = try NamedParameters(from: decoder)
    try self.init(name: named.name, options: named.parameters ?? [:])
  }

  /// Writes the name and all options.
  public func encode(to encoder: any Encoder) throws {
    try NamedParameters(name: name, parameters: parameters).encode(to: encoder)
  }
}

/// A line of the catalogue of predictors.
struct PredictorEntry: Sendable {
  let summary: MethodSummary
  var parameters: [MethodParameter] = []
  let make: @Sendable ([String: Double]) throws(SamplingError) -> any Predictor

  /// The value of every option unless told otherwise.
  var usual: [String: Double] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.usual) })
  }

  /// The catalogue, in the order in which it is printed.
  static let all: [PredictorEntry] = planned + affine + multistep + stochastic + langevin

  static func named(_ name: String) -> PredictorEntry? {
    all.first { $0.summary.name == name || $0.summary.aliases.contains(name) }
  }
}
