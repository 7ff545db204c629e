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

  static func refused(_ path: String, _ what: String, for verb: String) -> CommandFailure {
    CommandFailure(
      .badInput,
      "\"\(path)\" is \(what); \(verb) draws from exact conditional laws, which only Gaussian mixtures "
        + "have: a mixture as a target file, as parameters of scikit-learn, or learned.")
  }
}
