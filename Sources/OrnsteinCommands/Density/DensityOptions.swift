import ArgumentParser
import Ornstein

/// How log-densities are computed.
struct DensityOptions: ParsableArguments {
  /// The methods.
  enum Method: String, CaseIterable {
    case flow, elbo, exact
  }

  /// The laws at the horizon.
  enum Base: String, CaseIterable {
    case process
    case momentMatched = "moment-matched"
    case exact
  }

  /// How the trace is found.
  enum Trace: String, CaseIterable {
    case exact, hutchinson
  }

  /// What the points are.
  enum Place: String, CaseIterable {
    case data, stop
  }

  @Option(
    name: .long,
    help: """
      flow: by the probability flow; elbo: a variational lower bound; exact: the closed form of a \
      target or of a model that is a mixture.
      """)
  var method: String = Method.flow.rawValue

  @Option(
    name: .long,
    help: """
      How the trace along the flow is found: exact or hutchinson. (default: exact where it has a \
      closed form or there are no more than \(TraceEstimate.exactDimension) coordinates)
      """)
  var trace: String?

  @Option(name: .long, help: "The directions of hutchinson's trace. (default: 1)")
  var probes: Int?

  @Option(
    name: .long,
    help:
      "The numerical error of flow that is aimed at, in nats. (default: 0.001, 0.0001 for a target)"
  )
  var tolerance: Double?

  @Option(name: .long, help: "The steps of the sampler that elbo is a bound of. (default: 100)")
  var steps: Int?

  @Option(name: .long, help: "How many times elbo noises each row at each level. (default: 1)")
  var draws: Int?

  @Option(
    name: .long,
    help: """
      What the rows are: data, or points at the stop level, noise included (targets only).
      """)
  var at: String = Place.data.rawValue

  @Option(
    name: .long,
    help: """
      The law at the horizon: \(Base.allCases.map(\.rawValue).joined(separator: ", ")). (default: \
      moment-matched, exact for a target)
      """)
  var base: String?

  @Option(
    name: .long,
    help: """
      The forward process: \(ProcessSpecification.names.joined(separator: ", ")). (default: the \
      process of the model, ou for a target)
      """)
  var process: String?

  @Option(
    name: .long,
    help: "The time of the law at the horizon. (default: that of the process)")
  var horizon: Double?

  @Option(
    name: .long,
    help: """
      The time at which one stops: the density is that of data with the noise of this time. (default: \
      that of the process; no noise for exact where the law has a density)
      """)
  var stop: Double?

  @Option(name: .long, help: "The seed of probes and of noise.")
  var seed: UInt64 = 0

  func validate() throws {
    if let tolerance, !(tolerance > 0 && tolerance.isFinite) {
      throw ValidationError("--tolerance is \(tolerance); it must be above 0.")
    }
    if let probes, !(1...1024).contains(probes) {
      throw ValidationError("--probes is \(probes); it must be between 1 and 1024.")
    }
    if let steps, !(1...1_000_000).contains(steps) {
      throw ValidationError("--steps is \(steps); it must be between 1 and 1000000.")
    }
    if let draws, !(1...65_536).contains(draws) {
      throw ValidationError("--draws is \(draws); it must be between 1 and 65536.")
    }
  }

  /// The method, once options that mean nothing for it are refused.
  func methodChecked() throws(CommandFailure) -> Method {
    let method: Method = try choice(self.method, "--method")
    let flowOnly: [(String, Bool)] = [
      ("--trace", trace != nil), ("--probes", probes != nil), ("--tolerance", tolerance != nil),
    ]
    let boundOnly: [(String, Bool)] = [("--steps", steps != nil), ("--draws", draws != nil)]
    let sampled: [(String, Bool)] = [("--base", base != nil), ("--horizon", horizon != nil)]
    let refused: [(String, Bool)] =
      switch method {
      case .flow: boundOnly
      case .elbo: flowOnly
      case .exact: flowOnly + boundOnly + sampled
      }
    if let option = refused.first(where: \.1) {
      throw CommandFailure(
        .badUsage, "\(option.0) means nothing for --method \(method.rawValue); leave it out.")
    }
    return method
  }

  /// The trace, or `nil` for the usual one.
  func traceEstimate() throws(CommandFailure) -> TraceEstimate? {
    guard let trace else { return probes.map { .hutchinson(probes: $0) } }
    let named: Trace = try choice(trace, "--trace")
    switch named {
    case .exact:
      if probes != nil {
        throw CommandFailure(.badUsage, "--probes means nothing for --trace exact; leave it out.")
      }
      return .exact
    case .hutchinson: return .hutchinson(probes: probes ?? 1)
    }
  }

  /// The process, or `nil` for the usual one.
  func processGiven() throws -> ProcessSpecification? {
    try process.map { try ProcessSpecification(name: $0) }
  }
}
