import RealModule
import OrnsteinDiffusion

/// A plan with what it costs and what its samples can be off by.
public struct PlanAnswer: Sendable, Hashable, Codable {
  /// The plan, with all that the planner chose.
  public var plan: SamplingPlan
  /// The score evaluations of a row.
  public var evaluations: Int
  /// What the samples can be off by, part by part.
  public var budget: ErrorBudget
  /// The divergence of the paths, in nats, for samplers that freeze something.
  public var path: Budget?
  /// The seconds that a row takes on one thread of this machine, or `nil` if it was not measured.
  public var secondsPerRow: Double?

  /// An answer by its parts.
  public init(
    plan: SamplingPlan, evaluations: Int, budget: ErrorBudget, path: Budget? = nil,
    secondsPerRow: Double? = nil
  ) {
    self.plan = plan
    self.evaluations = evaluations
    self.budget = budget
    self.path = path
    self.secondsPerRow = secondsPerRow
  }
}

/// Why there is no plan.
public enum PlannerError: Error, Sendable, CustomStringConvertible {
  /// No plan meets the error; `best` comes closest, and `part` is what keeps it from it.
  case unreachable(error: Double, best: PlanAnswer, part: ErrorBudget.Part)
  /// Nothing at all is known about the errors of the samplers that may be used.
  case notMeasurable(sampler: String, metric: ErrorMetric, reason: String)
  /// A wanted error that no law can have.
  case invalidError(Double, metric: ErrorMetric)
  /// A law without a density, and a metric that cannot compare with it without noise.
  case needsStop(metric: ErrorMetric)

  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unreachable(let error, let best, let part):
      "No plan meets \(best.budget.metric.rawValue) \(error): the closest, "
        + "\(best.plan.predictor.name) in \(best.evaluations) evaluations, has "
        + "\(best.budget.known.text), of which \(part.rawValue) is \(best.budget[part].text). "
        + Self.advice(for: part)
    case .notMeasurable(let sampler, let metric, let reason):
      "The error of \(sampler) in \(metric.rawValue) is not known: \(reason)."
    case .invalidError(let error, let metric):
      "An error of \(error) makes no sense in \(metric.rawValue); it must be above 0"
        + (metric == .totalVariation ? " and at most 1." : ".")
    case .needsStop(let metric):
      "The law has no density without noise, so no \(metric.rawValue) to it is below its largest; "
        + "give a stop time, or measure w2."
    }
  }

  private static func advice(for part: ErrorBudget.Part) -> String {
    switch part {
    case .initialization: "Allow a later horizon."
    case .score: "Only a better model helps."
    case .discretization: "Allow more steps, or another sampler."
    case .earlyStopping: "Allow an earlier stop."
    }
  }
}

extension Quantity {
  /// The number as people write it, with what it is: `0.0123 ± 0.0004`, `<= 0.3`, `unknown`.
  public var text: String {
    func short(_ value: Double) -> String {
      guard value != 0, value.isFinite else { return "\(value)" }
      let digits = 3 - Int(Double.log10(abs(value)).rounded(.up))
      guard abs(value) < 1e6, digits < 8 else {
        let exponent = Int(Double.log10(abs(value)).rounded(.down))
        let mantissa = (value / Double.exp10(Double(exponent)) * 100).rounded() / 100
        return "\(mantissa)e\(exponent)"
      }
      let power = Double.exp10(Double(max(0, digits)))
      return "\((value * power).rounded() / power)"
    }
    return switch certainty {
    case .exact: short(value)
    case .bound: "<= \(short(value))"
    case .estimate(let standardError): "\(short(value)) ± \(short(standardError))"
    case .unknown: "unknown"
    }
  }
}
