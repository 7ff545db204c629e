import ArgumentParser
import Ornstein

/// `ornstein density`: the log-density of rows under a model or a target.
struct DensityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "density",
    abstract: "Compute the log-density of rows under a model or an exact target, in nats.",
    discussion: """
      Writes one line a row: log_density, numerical_error (of the integration) and, where something \
      was drawn at random more than once, standard_error. Under a model the density is one of rows of \
      the table: for each unit of a real number or an angle, a probability for whole numbers, \
      categories, booleans and missing cells. Values that stand for more than one point are dequantised \
      at random: in the mean, a lower bound.
      """)

  @Argument(help: "A model that 'fit' wrote, or the .json file of an exact target.")
  var source: String

  @Argument(
    help: """
      The rows: a .csv or .npy file, or - for standard input. For a target, columns x0, x1, … or as many \
      columns as it has coordinates.
      """)
  var points: String

  @Option(
    name: [.short, .long], help: "The file to write, .csv or .npy; - for CSV on standard output.")
  var output: String

  @OptionGroup var options: DensityOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if output == "-", outputOptions.json {
      throw ValidationError(
        "-o - and --json would both write to standard output; give one of them.")
    }
  }

  func run() throws {
    Interruption.catchSignals()
    let method = try options.methodChecked()
    let rows: any DensityRows =
      source.lowercased().hasSuffix(".json")
      ? try TargetDensity(source: source, points: points, options, method, threads: threads.count)
      : try ModelDensity(source: source, points: points, options, method, threads: threads.count)
    let start = ContinuousClock.now
    var densities: [LogDensity] = []
    densities.reserveCapacity(rows.count)
    var progress = ProgressLine(isShown: !outputOptions.quiet && output != "-")
    for first in stride(from: 0, to: rows.count, by: rows.blockRows) {
      try checkInterruption(done: first, of: rows.count)
      densities += try rows.logDensities(first..<min(first + rows.blockRows, rows.count))
      progress.show("\(densities.count) of \(rows.count) rows")
    }
    try checkInterruption(done: densities.count, of: rows.count)
    progress.clear()
    try write(densities, rows)
    let summary = DensitySummary(
      of: densities, rows, source: source, points: points, output: output, method: method.rawValue,
      seed: options.seed, seconds: (ContinuousClock.now - start) / .seconds(1))
    if outputOptions.json { try outputOptions.console.print(try JSONText.encode(summary)) }
    outputOptions.console.note(summary.text)
  }

  private func checkInterruption(done: Int, of count: Int) throws(CommandFailure) {
    guard Interruption.isRequested else { return }
    throw CommandFailure(
      .interrupted, "Interrupted after \(done) of \(count) rows; nothing was written.")
  }

  private func write(_ densities: [LogDensity], _ rows: any DensityRows) throws {
    var columns: [(name: String, value: (LogDensity) -> Double)] = [("log_density", { $0.value })]
    if rows.isIntegrated { columns.append(("numerical_error", { $0.numericalError })) }
    if rows.isRepeated { columns.append(("standard_error", { $0.standardError ?? 0 })) }
    let writer = try TableWriter(
      path: output, names: columns.map(\.name), element: .double, threads: threads.count)
    try writer.write(
      Batch(
        densities.flatMap { density in columns.map { $0.value(density) } },
        dimension: columns.count))
    try writer.finish()
  }
}

/// Rows whose log-densities can be computed, block by block.
protocol DensityRows {
  /// The number of rows.
  var count: Int { get }
  /// The rows to compute before looking up.
  var blockRows: Int { get }
  /// Whether densities are integrated numerically.
  var isIntegrated: Bool { get }
  /// Whether something is drawn more than once, so that each row has a standard error.
  var isRepeated: Bool { get }
  /// The settings, for the summary.
  var record: DensityRecord { get }

  /// The log-densities of some rows.
  func logDensities(_ rows: Range<Int>) throws -> [LogDensity]
}
