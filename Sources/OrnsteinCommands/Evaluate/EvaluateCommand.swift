import ArgumentParser
import Ornstein

/// `ornstein evaluate`: how far samples are from a reference.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Say how far samples are from a reference table.",
    discussion: """
      Prints each distance with its standard error and its noise floor: the same distance when the \
      rows of both tables are mixed and cut anew at random, which is what perfect samples would score.
      """)

  @Argument(help: "The samples: a .csv or .npy file.")
  var samples: String

  @Argument(help: "Real rows, best ones that the model has not seen: a .csv or .npy file.")
  var reference: String

  @Option(name: .long, help: "JSON that says the kind of some columns; the rest is inferred.")
  var schema: String?

  @Option(name: .long, help: "The seed of projections and of random choices of rows.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let evaluation = try TableEvaluation(
      of: try Table(contentsOf: samples), against: try Table(contentsOf: reference),
      hints: try schema.map { try SchemaHints(contentsOf: $0) } ?? SchemaHints(), seed: seed,
      threads: threads.count)
    try outputOptions.console.print(
      outputOptions.json
        ? try JSONText.encode(evaluation) : EvaluationReport.text(evaluation))
  }
}
