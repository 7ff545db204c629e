import ArgumentParser
import Ornstein

/// How samples are drawn: everything of a plan that the command line can say.
struct PlanOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      The sampler: \(PredictorSpecification.names.joined(separator: ", ")). (default: ddpm)
      """)
  var sampler: String?

  @Option(name: .long, help: "How many steps the sampler takes.")
  var steps = 100

  @Option(
    name: .long,
    help: """
      How the steps are spread: \(GridKind.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: log-snr)
      """)
  var grid: String?

  @Option(
    name: .long,
    help: """
      The forward process: \(ProcessSpecification.names.joined(separator: ", ")). (default: the \
      process of the model, ou for a target)
      """)
  var process: String?

  @Option(
    name: .long,
    help: "The time of the process from which one samples. (default: that of the process)")
  var horizon: Double?

  @Option(
    name: .long,
    help:
      "The time of the process at which one stops, early stopping. (default: that of the process)")
  var stop: Double?

  @Option(
    name: .long, help: "The noise of ddim: 0 for none, 1 for the ancestral sampler. (default: 0)")
  var eta: Double?

  @Option(
    name: .long,
    help: """
      The law at the horizon: \(InitialLaw.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: moment-matched)
      """)
  var initial: String?

  @Option(
    name: .long,
    help: """
      What is done at the stop time: \(Finish.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: rescale)
      """)
  var finish: String?

  @Option(name: .long, help: "The seed: the same seed gives the same rows.")
  var seed: UInt64 = 0

  /// The plan that these options make of a model's own.
  func plan(from standard: SamplingPlan) throws(CommandFailure) -> SamplingPlan {
    var plan = standard
    plan.seed = seed
    plan.grid.steps = steps
    do {
      if let process { plan.process = try ProcessSpecification(name: process) }
      if process != nil, horizon == nil { plan.grid.horizon = nil }
      if process != nil, stop == nil { plan.grid.stop = nil }
      if let horizon { plan.grid.horizon = horizon }
      if let stop { plan.grid.stop = stop }
      if let grid { plan.grid.kind = try GridKind(name: grid) }
      if sampler != nil || eta != nil {
        plan.predictor = try PredictorSpecification(
          name: sampler ?? plan.predictor.name, options: eta.map { ["eta": $0] } ?? [:])
      }
      if let initial { plan.initialLaw = try choice(initial, "--initial") }
      if let finish { plan.finish = try choice(finish, "--finish") }
      _ = try plan.levels()
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.badUsage, "\(error)")
    }
    return plan
  }
}

/// The case that a text names.
///
/// - Throws: A `CommandFailure` that lists the names.
func choice<Choice: RawRepresentable<String> & CaseIterable>(
  _ text: String, _ option: String
) throws(CommandFailure) -> Choice {
  if let value = Choice(rawValue: text) { return value }
  let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
  throw CommandFailure(.badUsage, "\(option) is \"\(text)\"; it must be one of \(names).")
}
