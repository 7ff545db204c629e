import Ornstein

/// The files from which conditional laws are known: mixtures.
enum MixtureSource {
  /// The mixture of a target file.
  ///
  /// - Throws: A `CommandFailure` if it holds another target.
  static func target(_ path: String, for verb: String) throws -> GaussianMixture<Double> {
    if try DiscreteTargetDescription(ifIn: path) != nil {
      throw refused(path, "a target of discrete states", for: verb)
    }
    let file = try TargetFile(contentsOf: path)
    guard let mixture = try file.makeTarget(Double.self) as? GaussianMixture<Double> else {
      throw refused(path, "a target of kind \"\(file.description.kind.name)\"", for: verb)
    }
    return mixture
  }

  /// The law of complete rows of a learned model, and the schema that encodes them.
  ///
  /// - Throws: A `CommandFailure` if it is no mixture.
  static func model(
    _ path: String, for verb: String
  ) throws -> (schema: Schema, mixture: GaussianMixture<Double>) {
    let model = try TableModel(contentsOf: path)
    guard let law = try model.mixtureOfRows() else {
      throw refused(path, "a learned model of kind \"\(model.learned.learner)\"", for: verb)
    }
    return law
  }

  static func refused(_ path: String, _ what: String, for verb: String) -> CommandFailure {
    CommandFailure(
      .badInput,
      "\"\(path)\" is \(what); \(verb) draws from exact conditional laws, which only Gaussian mixtures "
        + "have: a mixture as a target file, as parameters of scikit-learn, or learned with "
        + "'fit --learner mixture' or 'kernel'.")
  }
}
