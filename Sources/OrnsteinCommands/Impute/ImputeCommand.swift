import ArgumentParser
import Ornstein

/// `ornstein impute`: fills missing cells by conditional draws.
struct ImputeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impute",
    abstract: "Fill the missing cells of a table with draws given the cells that are there.",
    discussion: """
      The law is a Gaussian mixture, whose conditional laws are exact. Observed cells keep their bytes, \
      columns that the law does not have are copied, and the same seed fills the same cells alike, \
      whatever the number of threads.

      Without --draws the file has the rows and columns of the table. With --draws K it has them K times, \
      one filled table below the other, behind the columns 'draw' (1 to K) and 'row' (1 to the number of \
      rows): the long form of multiple imputation, complete(…, "long") in mice and groupby("draw") in \
      pandas. The spread between draws is what the gaps leave unknown; --mean hides it, and is for a \
      single best guess only.
      """)

  @Argument(
    help: """
      The law: a model of 'fit --learner mixture' or 'kernel', or the .json file of a mixture, also as \
      parameters of scikit-learn.
      """)
  var source: String

  @Argument(
    help: """
      The rows with gaps: a .csv or .npy file, or - for standard input. For a model, the columns that it \
      was made from; for a target, columns x0, x1, … or as many columns as it has coordinates.
      """)
  var table: String

  @Option(
    name: [.short, .long],
    help:
      "The file to write, of the kind of the table (an array may become .csv); - for CSV on standard output."
  )
  var output: String

  @Option(name: .long, help: "Fill the table so many times, in one long file.")
  var draws: Int?

  @Flag(
    name: .long,
    help: """
      Fill with the mean given the observed cells, and with the most probable category, instead of draws.
      """)
  var mean = false

  @Option(name: .long, help: "The seed of the draws.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  private static let blockRows = 8192

  func validate() throws {
    if let draws, !(1...65_536).contains(draws) {
      throw ValidationError("--draws is \(draws); it must be between 1 and 65536.")
    }
    if draws != nil, mean {
      throw ValidationError("--draws and --mean both say what fills the gaps; give one of them.")
    }
    if output == "-", outputOptions.json {
      throw ValidationError(
        "-o - and --json would both write to standard output; give one of them.")
    }
  }

  func run() throws {
    Interruption.catchSignals()
    let start = ContinuousClock.now
    let bytes = try [UInt8](contentsOfFile: table)
    let input = try ImputationInput(bytes, path: table)
    let imputation = try imputation(of: input.table)
    let leading = draws == nil ? [] : ["draw", "row"]
    if let name = leading.first(where: { input.table[$0] != nil }) {
      throw CommandFailure(
        .badInput,
        "\"\(table)\" has a column \"\(name)\", which --draws writes itself; rename it.")
    }
    let writer = try ImputationWriter(
      input, to: output, leading: leading, threads: threads.count)
    let rows = imputation.table.rowCount
    var progress = ProgressLine(isShown: !outputOptions.quiet && output != "-")
    for draw in 0..<(draws ?? 1) {
      writer.rewind()
      for first in stride(from: 0, to: rows, by: Self.blockRows) {
        try checkInterruption(draw: draw, row: first)
        let block = first..<min(first + Self.blockRows, rows)
        let filled = try imputation.filled(
          block, mean ? .mean : .draw(draw), threads: threads.count)
        try writer.write(filled, rows: block, draw: leading.isEmpty ? nil : draw + 1)
        progress.show("\(block.upperBound) of \(rows) rows, draw \(draw + 1) of \(draws ?? 1)")
      }
    }
    try checkInterruption(draw: draws ?? 1, row: 0)
    progress.clear()
    try writer.finish()
    let summary = ImputationSummary(
      of: imputation, source: source, output: output, draws: draws, isMean: mean, seed: seed,
      seconds: (ContinuousClock.now - start) / .seconds(1))
    if outputOptions.json { try outputOptions.console.print(try JSONText.encode(summary)) }
    outputOptions.console.note(summary.text)
  }

  private func imputation(of table: Table) throws -> Imputation {
    let key = NoiseKey(seed: seed)
    guard source.lowercased().hasSuffix(".json") else {
      let law = try MixtureSource.model(source, for: "impute")
      return try Imputation(of: table, under: law.mixture, schema: law.schema, key: key)
    }
    return try Imputation(
      of: table, under: try MixtureSource.target(source, for: "impute"), key: key)
  }

  private func checkInterruption(draw: Int, row: Int) throws(CommandFailure) {
    guard Interruption.isRequested else { return }
    throw CommandFailure(
      .interrupted, "Interrupted after draw \(draw), row \(row); nothing was written.")
  }
}
