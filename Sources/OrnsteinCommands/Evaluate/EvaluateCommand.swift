import ArgumentParser
import Ornstein

/// `ornstein evaluate`: how far samples are from a reference table, or from an exact law.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Say how far samples are from a reference table, or from an exact target.",
    discussion: """
      Prints each distance with its standard error and its noise floor: what perfect samples of the \
      same size would score. Against a table, that is the same distance when the rows of both tables \
      are mixed and cut anew at random. Against an exact target (--against TARGET.json), it is \
      measured on exact samples.

      Samples that were stopped early have the law of the stop time, not that of the target. By \
      default they are judged by the target all the same, as their user does; --at-stop judges them \
      by the law that they should have, as FILE.json beside the samples records it, or as --process, \
      --stop and --finish say.
      """)

  @Argument(help: "The samples: a .csv or .npy file.")
  var samples: String

  @Argument(help: "Real rows, best ones that the model has not seen: a .csv or .npy file.")
  var reference: String?

  @Option(name: .long, help: "The .json file of an exact target, instead of a reference.")
  var against: String?

  @Option(
    name: .long,
    help: "The rows that the model was trained on, to look for copies of them: a .csv or .npy file."
  )
  var training: String?

  @Option(name: .long, help: "JSON that says the kind of some columns; the rest is inferred.")
  var schema: String?

  @Flag(name: .long, help: "Compare with the target's law at the stop time of the samples.")
  var atStop = false

  @Option(
    name: .long,
    help: """
      The process whose law at --stop is meant: \(ProcessSpecification.names.joined(separator: ", ")). \
      (default: as recorded beside the samples)
      """)
  var process: String?

  @Option(name: .long, help: "The time of the process at which the samples stopped.")
  var stop: Double?

  @Option(
    name: .long,
    help: "What was done at the stop time: rescale or none. (default: rescale)")
  var finish: String?

  @Option(
    name: .long,
    help: "How many random directions an exact target is looked at along. (default: 16)")
  var directions: Int?

  @Option(
    name: .long,
    help: "How many exact samples make the floors against an exact target. (default: 19)")
  var repetitions: Int?

  @Option(name: .long, help: "The seed of projections, exact samples and random choices of rows.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    switch (reference, against) {
    case (nil, nil):
      throw ValidationError(
        "There is nothing to compare with; give a reference table, or a target with --against.")
    case (.some, .some):
      throw ValidationError("Give a reference table or --against, not both.")
    case (nil, .some):
      for (name, value) in [("--training", training), ("--schema", schema)] where value != nil {
        throw ValidationError("\(name) means nothing for --against; leave it out.")
      }
    case (.some, nil):
      for (name, value) in [("--directions", directions), ("--repetitions", repetitions)]
      where value != nil {
        throw ValidationError("\(name) needs an exact target; name it with --against.")
      }
      if atStop || process != nil || stop != nil || finish != nil {
        throw ValidationError(
          "--at-stop, --process, --stop and --finish need an exact target; name it with --against.")
      }
    }
    guard (process == nil) == (stop == nil) else {
      throw ValidationError("--process and --stop belong together; give both or none.")
    }
    if finish != nil, process == nil {
      throw ValidationError("--finish needs --process and --stop.")
    }
    if let finish, finish != Finish.none.rawValue, finish != Finish.rescale.rawValue {
      throw ValidationError("--finish is \"\(finish)\"; it must be rescale or none.")
    }
    if let directions, !(0...4096).contains(directions) {
      throw ValidationError("--directions is \(directions); it must be between 0 and 4096.")
    }
    if let repetitions, !(2...999).contains(repetitions) {
      throw ValidationError("--repetitions is \(repetitions); it must be between 2 and 999.")
    }
  }

  func run() throws {
    if let against {
      try evaluateAgainst(against)
    } else if let reference {
      try evaluateTables(reference)
    }
  }

  private func evaluateTables(_ reference: String) throws {
    let evaluation = try TableEvaluation(
      of: try Table(contentsOf: samples), against: try Table(contentsOf: reference),
      training: try training.map { try Table(contentsOf: $0) },
      hints: try schema.map { try SchemaHints(contentsOf: $0) } ?? SchemaHints(), seed: seed,
      threads: threads.count)
    try outputOptions.console.print(
      outputOptions.json
        ? try JSONText.encode(evaluation) : EvaluationReport.text(evaluation))
  }

  private func evaluateAgainst(_ path: String) throws {
    let target = try TargetFile(contentsOf: path)
    let law = ReferenceLaw(
      try target.makeTarget(Double.self),
      at: try stopLaw()?.level ?? NoiseLevel(time: 0, alpha: 1, sigma: 0))
    var settings = TargetEvaluation.Settings()
    if let directions { settings.directions = directions }
    if let repetitions { settings.repetitions = repetitions }
    settings.seed = seed
    settings.threads = threads.count
    let evaluation = try TargetEvaluation(
      of: try Table(contentsOf: samples), against: law, settings: settings)
    try outputOptions.console.print(
      outputOptions.json
        ? try JSONText.encode(evaluation)
        : TargetReport(evaluation, name: target.description.name).text)
  }

  private func stopLaw() throws -> StopLaw? {
    if let process, let stop {
      return try StopLaw(
        process: try ProcessSpecification(name: process), time: stop,
        isRescaled: finish != Finish.none.rawValue)
    }
    return atStop ? try StopLaw(besideSamples: samples) : nil
  }
}
