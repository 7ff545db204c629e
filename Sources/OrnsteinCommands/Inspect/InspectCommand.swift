import ArgumentParser
import Ornstein

/// `ornstein inspect`: what a file holds.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what a model, a checkpoint, a table or a target holds.",
    discussion: """
      With --statistics, measure what bounds need to know: moments, the curve u M(u) of the intrinsic \
      dimension, local Lipschitz constants, losses with standard errors.
      """)

  @Argument(help: "A model or its checkpoint, a .csv or .npy table, or the .json file of a target.")
  var file: String

  @Flag(name: .long, help: "Measure a target, or a model on the table of --data, level by level.")
  var statistics = false

  @Option(name: .long, help: "The canonical time of the lowest level measured. (default: 0.001)")
  var stop: Double?

  @Option(name: .long, help: "The canonical time of the highest level measured. (default: 5)")
  var horizon: Double?

  @OptionGroup var measurement: MeasurementOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    let given =
      measurement.given
      + [("--stop", stop != nil), ("--horizon", horizon != nil)]
      .filter(\.1).map(\.0)
    if !statistics, let option = given.first {
      throw ValidationError("\(option) is an option of measurements; give --statistics too.")
    }
  }

  func run() throws {
    guard statistics else {
      let description = try FileDescription(of: file)
      return try outputOptions.console.print(
        outputOptions.json ? try JSONText.encode(description) : description.text)
    }
    let name = file.lowercased()
    if name.hasSuffix(".csv") || name.hasSuffix(".npy") {
      throw CommandFailure(
        .badUsage,
        "Statistics are those of a model or a target; measure a model on \"\(file)\" with --data.")
    }
    let statistics = try MeasurementRequest(
      source: file, data: measurement.data, points: measurement.pointCount,
      levels: measurement.levelCount, horizon: horizon ?? 5, stop: stop ?? 1e-3,
      seed: measurement.seed, threads: threads.count, showsProgress: !outputOptions.quiet
    ).measure()
    let report = StatisticsReport(statistics, file: file, data: measurement.data)
    try outputOptions.console.print(
      outputOptions.json ? try JSONText.encode(report) : report.text)
  }
}
