import ArgumentParser
import Ornstein

/// `ornstein bound`: what theory says of the error before a point is drawn.
struct BoundCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "Bounds of the error with known constants, and every published rate term by term.",
    discussion: """
      ornstein bound --dimension 10 --second-moment 12 --stop 0.01 --horizon 4 --steps 200
      ornstein bound --dimension 10 --second-moment 12 --stop 0.01 --error 0.1 --metric tv
      ornstein bound target.json --error 0.3

      All times are canonical, those of dX = -X dt + sqrt(2) dW. A row says which inputs it lacks. \
      The constants of published rates are unknown: their expressions are scales, never bounds.
      """)

  @Argument(
    help: """
      A model, with --data, or the .json file of a target, to measure the inputs on; given options \
      take precedence.
      """)
  var source: String?

  @Option(name: .long, help: "d, the number of coordinates.")
  var dimension: Double?

  @Option(name: .long, help: "M_2, the mean of |X_0|^2.")
  var secondMoment: Double?

  @Option(name: .long, help: "L, the largest norm of the Hessian of log p_t.")
  var lipschitz: Double?

  @Option(name: .long, help: "The root of the mean squared error of the score at every level.")
  var scoreError: Double?

  @Option(name: .long, help: "The mean error of the Jacobian of the score at every level.")
  var jacobianError: Double?

  @Option(
    name: .long,
    help: "The canonical time at which one stops. (default: 0.001 if a model or target is measured)"
  )
  var stop: Double?

  @Option(name: .long, help: "The canonical time at which one starts.")
  var horizon: Double?

  @Option(name: .long, help: "The number of steps.")
  var steps: Double?

  @Option(name: .long, help: "The wanted error: finds the steps, and the horizon unless given.")
  var error: Double?

  @Option(
    name: .long,
    help: """
      What --error is an error of: \
      \(ConvergenceResult.Measure.allCases.map(\.rawValue).joined(separator: ", ")). (default: tv)
      """)
  var metric: String?

  @Option(name: .long, help: "k with u M(u) <= k for all u, at most the dimension of the data.")
  var intrinsicDimension: Double?

  @Option(name: .long, help: "E |grad log p_0(X_0) + X_0|^2.")
  var fisherInformation: Double?

  @Option(name: .long, help: "KL(p_0 | N(0, I)), in nats.")
  var relativeEntropy: Double?

  @Option(name: .long, help: "The radius of a ball around 0 that holds the data.")
  var supportRadius: Double?

  @Option(name: .long, help: "The canonical time of a step of the predictor of dpom and dpum.")
  var predictorStep: Double?

  @Option(name: .long, help: "The time of a step of the corrector of dpom and dpum.")
  var correctorStep: Double?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Another value of an input, as steps=400; may be given again. Prints the ratios of all scales \
      to those of the other settings, in which unknown constants cancel.
      """, valueName: "name=value"))
  var versus: [NamedNumber] = []

  @Option(name: .long, help: "Show one row alone.")
  var row: String?

  @OptionGroup var measurement: MeasurementOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  private var given: [BoundInput: Double] {
    let values: [(BoundInput, Double?)] = [
      (.dimension, dimension), (.secondMoment, secondMoment), (.lipschitz, lipschitz),
      (.scoreError, scoreError), (.jacobianError, jacobianError), (.stop, stop),
      (.horizon, horizon), (.steps, steps), (.intrinsicDimension, intrinsicDimension),
      (.fisherInformation, fisherInformation), (.relativeEntropy, relativeEntropy),
      (.supportRadius, supportRadius), (.predictorStep, predictorStep),
      (.correctorStep, correctorStep),
    ]
    return Dictionary(
      uniqueKeysWithValues: values.compactMap { input, value in
        value.map { (input, $0) }
      })
  }

  func validate() throws {
    if steps != nil, error != nil {
      throw ValidationError("--steps and --error exclude each other; give one of them.")
    }
    if error == nil, metric != nil {
      throw ValidationError("--metric says what --error is an error of; give --error too.")
    }
    if let error, !(error > 0 && error.isFinite) {
      throw ValidationError("--error is \(error); it must be a number above 0.")
    }
    if source == nil, let option = measurement.given.first {
      throw ValidationError("\(option) needs a model or a target to measure.")
    }
  }

  func run() throws {
    let rows = ExplicitBound.allCases.map(\.rawValue) + ConvergenceTable.rows.map(\.name)
    if let row, !rows.contains(row) {
      throw CommandFailure(
        .badUsage, "There is no row named \"\(row)\"; the rows are \(rows.joined(separator: ", "))."
      )
    }
    let measure: ConvergenceResult.Measure =
      try metric.map { try choice($0, "--metric") } ?? .totalVariation
    let known = try checked(given)
    if measure == .totalVariation, let error, error >= 1 {
      throw CommandFailure(
        .badUsage, "--error is \(error); every total variation distance is 1 or less.")
    }
    let inputs = try measured(known)
    do {
      let calculation = try BoundCalculation(
        inputs, versus: try otherSettings(), error: error, metric: measure)
      let report = calculation.report(row: row)
      try outputOptions.console.print(
        outputOptions.json
          ? try JSONText.encode(report) : BoundText.text(report, inputs: inputs))
    } catch let error as BoundError {
      throw failure(error)
    }
  }

  private func failure(_ error: BoundError) -> CommandFailure {
    switch error {
    case .invalid(let input, let value, let requirement):
      CommandFailure(
        .badUsage,
        "--\(input.rawValue) is \(Spelling.number(value, digits: 6)); it must be \(requirement).")
    }
  }

  private func checked(_ values: [BoundInput: Double]) throws(CommandFailure) -> BoundInputs {
    do {
      return try BoundInputs(values)
    } catch {
      throw failure(error)
    }
  }

  /// The inputs that are given, and those that are measured.
  private func measured(_ known: BoundInputs) throws -> MeasuredInputs {
    var values = given.mapValues { Quantity.exact($0) }
    guard let source else { return MeasuredInputs(values) }
    let stop = stop ?? 1e-3
    let statistics = try MeasurementRequest(
      source: source, data: measurement.data, points: measurement.pointCount,
      levels: measurement.levelCount, horizon: horizon ?? 5, stop: stop, seed: measurement.seed,
      threads: threads.count, showsProgress: !outputOptions.quiet
    ).measure()
    values[.stop] = .exact(stop)
    let found = statistics.inputs.values
    if let dimension, let own = found[.dimension], own.value != dimension {
      throw CommandFailure(
        .badUsage,
        "--dimension is \(Spelling.number(dimension)), but \"\(source)\" has "
          + "\(Spelling.number(own.value)) coordinates; leave it out.")
    }
    values.merge(found) { own, _ in own }
    return MeasuredInputs(values)
  }

  private func otherSettings() throws -> BoundInputs? {
    guard !versus.isEmpty else { return nil }
    var values: [BoundInput: Double] = [:]
    for number in versus {
      guard let input = BoundInput(rawValue: number.name) else {
        let names = BoundInput.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandFailure(
          .badUsage, "--versus names \"\(number.name)\"; the inputs are \(names).")
      }
      guard values.updateValue(number.value, forKey: input) == nil else {
        throw CommandFailure(.badUsage, "--versus gives \"\(number.name)\" twice.")
      }
    }
    return try checked(values)
  }
}

/// How a model or a target is measured.
struct MeasurementOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "The table that a learned model is measured on, best one that it has not learned from.")
  var data: String?

  @Option(name: .long, help: "How many points to measure on at most. (default: 2000)")
  var points: Int?

  @Option(name: .long, help: "At how many noise levels to measure. (default: 17)")
  var levels: Int?

  @Option(name: .customLong("measure-seed"), help: "The seed of the noise of measurements.")
  var seed: UInt64 = 0

  var pointCount: Int { points ?? 2000 }
  var levelCount: Int { levels ?? 17 }

  /// The options that are given.
  var given: [String] {
    [("--data", data != nil), ("--points", points != nil), ("--levels", levels != nil)]
      .filter(\.1).map(\.0)
  }

  func validate() throws {
    if let points, !(2...10_000_000).contains(points) {
      throw ValidationError("--points is \(points); it must be between 2 and 10000000.")
    }
    if let levels, !(2...1000).contains(levels) {
      throw ValidationError("--levels is \(levels); it must be between 2 and 1000.")
    }
  }
}
