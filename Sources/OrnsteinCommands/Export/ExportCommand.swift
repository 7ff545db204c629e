import ArgumentParser
import Ornstein

/// `ornstein export`: a learned mixture for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a learned mixture as parameters that scikit-learn takes.",
    discussion: """
      Writes JSON with the attributes of scikit-learn's GaussianMixture (covariance_type, weights_, \
      means_, covariances_, precisions_cholesky_) and one more key, 'columns', that says what each \
      coordinate stands for. In Python:

      import json, numpy, sklearn.mixture
      parameters = json.load(open("mixture.json"))
      columns = parameters.pop("columns", None)
      kind = parameters.pop("covariance_type")
      model = sklearn.mixture.GaussianMixture(len(parameters["weights_"]), covariance_type=kind)
      for name, value in parameters.items(): setattr(model, name, numpy.array(value))

      The numbers are in the units of the table, which is exact where all columns are real numbers that \
      were shifted and scaled; else --units encoded writes the law of the encoded rows. A law that was \
      learned from rows with gaps is that of the values, whatever is missing; columns in which nothing \
      varies are left out.
      """)

  /// The formats.
  enum Format: String, CaseIterable {
    case scikitLearn = "scikit-learn"
    case target
  }

  @Argument(
    help: """
      A model of 'fit --learner mixture' or 'kernel', or the .json file of a mixture, to write it in the \
      other format.
      """)
  var source: String

  @Option(name: [.short, .long], help: "The .json file to write; - for standard output.")
  var output: String

  @Option(
    name: .long,
    help: """
      scikit-learn: the parameters of its GaussianMixture; target: an exact target of this program.
      """)
  var format: String = Format.scikitLearn.rawValue

  @Option(
    name: .long,
    help: """
      What the numbers are measured in: columns (the units of the table) or encoded (the coordinates that \
      the law was learned in). (default: columns)
      """)
  var units: String?

  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if output != "-", !output.lowercased().hasSuffix(".json") {
      throw ValidationError("-o is \"\(output)\"; it must end in .json, or be -.")
    }
    if output == "-", outputOptions.json {
      throw ValidationError(
        "-o - and --json would both write to standard output; give one of them.")
    }
  }

  func run() throws {
    let format: Format = try choice(format, "--format")
    let export = try mixture()
    let text =
      switch format {
      case .scikitLearn: try scikitLearn(export)
      case .target: try export.targetJSON()
      }
    let file = try AtomicFile(path: output)
    try file.write(Array((text + "\n").utf8))
    try file.commit()
    let summary = ExportSummary(export, source: source, output: output, format: format.rawValue)
    if outputOptions.json { try outputOptions.console.print(try JSONText.encode(summary)) }
    if output != "-" { outputOptions.console.note(summary.text) }
  }

  private func mixture() throws -> MixtureExport {
    guard source.lowercased().hasSuffix(".json") else {
      let units: MixtureExport.Units =
        try units.map { text throws(CommandFailure) in try choice(text, "--units") } ?? .columns
      let model = try TableModel(contentsOf: source)
      guard model.learned.closedForm != nil else {
        throw CommandFailure(
          .badInput,
          "\"\(source)\" is a learned model of kind \"\(model.learned.learner)\" and no mixture; learn "
            + "one with 'fit --learner mixture' or 'kernel'.")
      }
      return try MixtureExport(model, units: units)
    }
    guard units == nil else {
      throw CommandFailure(
        .badUsage, "--units means nothing for a target, which has no columns; leave it out.")
    }
    return MixtureExport(try MixtureSource.target(source, for: "export").description)
  }

  private func scikitLearn(_ export: MixtureExport) throws -> String {
    do {
      return try export.scikitLearnJSON()
    } catch let error as TargetError {
      throw CommandFailure(.badInput, "\"\(source)\", \(error.path): \(error.reason)")
    }
  }
}

/// What was written, for people and machines.
struct ExportSummary: Encodable {
  var source: String
  var output: String
  var format: String
  var units: MixtureExport.Units?
  var components: Int
  var dimension: Int
  var columns: [CoordinateMeaning]
  var constantColumns: [String]

  init(_ export: MixtureExport, source: String, output: String, format: String) {
    (self.source, self.output, self.format) = (source, output, format)
    units = export.coordinates.isEmpty ? nil : export.units
    components = export.mixture.components.count
    dimension = export.mixture.dimension
    columns = export.coordinates
    constantColumns = export.constants
  }

  var text: String {
    var text = "\(components) component\(components == 1 ? "" : "s") of \(dimension) coordinate"
    text += dimension == 1 ? "" : "s"
    switch units {
    case .columns: text += ", in the units of the table"
    case .encoded: text += ", in those of the encoded rows: \"columns\" says what they mean"
    case nil: break
    }
    if !constantColumns.isEmpty {
      let names = constantColumns.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
      text += "; nothing varies in \(names)\(constantColumns.count > 8 ? " and more" : "")"
    }
    return text + ". Wrote \"\(output)\"."
  }
}
