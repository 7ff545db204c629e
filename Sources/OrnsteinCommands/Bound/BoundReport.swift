import Ornstein

/// All that `bound` has to say, for people and machines.
struct BoundReport: Encodable {
  var inputs: [String: Input]
  var bounds: [Explicit]
  var publishedRates: [Published]

  /// An input, measured or given.
  struct Input: Encodable {
    var symbol: String
    var meaning: String
    var number: Quantity

    private enum Key: String, CodingKey { case symbol, meaning, value, kind, standardError }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(symbol, forKey: .symbol)
      try container.encode(meaning, forKey: .meaning)
      try container.encode(number.value, forKey: .value)
      let isEstimate = number.standardError > 0 || number.name == "estimate"
      try container.encode(isEstimate ? "estimate" : "known", forKey: .kind)
      if isEstimate { try container.encode(number.standardError, forKey: .standardError) }
    }
  }

  /// A bound with every constant known.
  struct Explicit: Encodable {
    var name: String
    var sampler: String
    var grid: String
    var assumptions: String
    var formula: String
    var source: String
    /// The options that are absent; none if there are numbers.
    var needs: [String] = []
    /// Why there are no numbers though nothing is absent.
    var reason: String?
    var horizon: Double?
    var stop: Double?
    var steps: Double?
    var initialization: Quantity?
    var score: Quantity?
    var assumesExactScore: Bool?
    var discretization: Quantity?
    var kl: Quantity?
    var tv: Quantity?
    var earlyStoppingW2: Quantity?
    var w2: Quantity?
  }

  /// A published rate, whose constant nobody knows.
  struct Published: Encodable {
    var name: String
    var algorithm: String
    var sources: [Paper]
    var assumptions: String
    var scoreRequirement: String
    var measure: String
    var reference: String
    var convention: String
    var constant = "unknown"
    var terms: [Term]
    var needs: [String]
    var complexity: Term?
    var goal: String
    var lowerBound: String?
    var remark: String?
    var samplers: [String]
    var verification: String
  }

  struct Paper: Encodable {
    var authors: String
    var arxiv: String
  }

  /// An expression times a constant that is not known: never a bound.
  struct Term: Encodable {
    var part: String
    var expression: String
    var kind = "unknown constant"
    /// The expression without its constant.
    var scale: Double?
    /// The scale over that of the other settings.
    var ratio: Double?
    var needs: [String]
  }
}

/// Computes the report from what is known.
struct BoundCalculation {
  var inputs: MeasuredInputs
  /// Other settings to compare scales with, or `nil`.
  var versus: BoundInputs?
  var error: Double?
  var metric = ConvergenceResult.Measure.totalVariation

  private let known: BoundInputs

  init(
    _ inputs: MeasuredInputs, versus: BoundInputs? = nil, error: Double? = nil,
    metric: ConvergenceResult.Measure = .totalVariation
  ) throws(BoundError) {
    self.inputs = inputs
    self.versus = versus
    self.error = error
    self.metric = metric
    known = Self.withEntropy(try inputs.inputs())
  }

  /// The log-Sobolev inequality: KL(p_0 | N(0, I)) <= I / 2.
  private static func withEntropy(_ inputs: BoundInputs) -> BoundInputs {
    guard inputs[.relativeEntropy] == nil, let information = inputs[.fisherInformation] else {
      return inputs
    }
    return (try? inputs.setting(.relativeEntropy, to: information / 2)) ?? inputs
  }

  private static func options(_ inputs: [BoundInput]) -> [String] {
    inputs.map { "--" + $0.rawValue }
  }

  func report(row: String?) -> BoundReport {
    BoundReport(
      inputs: Dictionary(
        uniqueKeysWithValues: inputs.values.map {
          (
            $0.key.rawValue.split(separator: "-").joined(separator: "_"),
            BoundReport.Input(symbol: $0.key.symbol, meaning: $0.key.meaning, number: $0.value)
          )
        }),
      bounds: ExplicitBound.allCases.filter { row == nil || $0.rawValue == row }.map(explicit),
      publishedRates: ConvergenceTable.rows.filter { row == nil || $0.name == row }.map(published))
  }

  // MARK: Bounds with known constants

  private func explicit(_ bound: ExplicitBound) -> BoundReport.Explicit {
    var entry = BoundReport.Explicit(
      name: bound.rawValue, sampler: bound.sampler.name, grid: bound.grid.rawValue,
      assumptions: bound.assumptions, formula: bound.formula, source: bound.source)
    guard let error else {
      entry.needs = Self.options(bound.missing(in: known))
      if let evaluation = bound.evaluate(plain(for: bound)) {
        fill(&entry, evaluation, horizon: known[.horizon], steps: known[.steps])
      }
      return entry
    }
    do throws(ExplicitPlan.Failure) {
      let plan = try bound.plan(for: error, in: metric, plain(for: bound))
      fill(&entry, plan.evaluation, horizon: plan.horizon, steps: plan.steps)
    } catch {
      switch error {
      case .missing(let absent), .unbounded(let absent): entry.needs = Self.options(absent)
      case .score:
        entry.reason = "initialization, score and stop leave nothing of the error for the steps"
      case .steps(let limit):
        entry.reason = "more than \(Spelling.number(limit, digits: 7)) steps are needed"
      }
    }
    return entry
  }

  /// The inputs of the explicit bounds, which know themselves what the Fisher information says.
  private func plain(for bound: ExplicitBound) -> BoundInputs {
    (try? inputs.inputs()) ?? known
  }

  private func fill(
    _ entry: inout BoundReport.Explicit, _ evaluation: ExplicitEvaluation, horizon: Double?,
    steps: Double?
  ) {
    guard evaluation.divergence.isKnown else {
      entry.reason = "it cannot be evaluated for so many steps"
      return
    }
    entry.horizon = horizon
    entry.stop = evaluation.stop
    entry.steps = steps
    entry.assumesExactScore = evaluation.assumesExactScore
    let quantities: [(WritableKeyPath<BoundReport.Explicit, Quantity?>, Quantity)] = [
      (\.initialization, evaluation.initialization), (\.score, evaluation.score),
      (\.discretization, evaluation.discretization), (\.kl, evaluation.divergence),
      (\.tv, evaluation.totalVariation), (\.earlyStoppingW2, evaluation.earlyStopping),
      (\.w2, evaluation.wasserstein),
    ]
    let moved = shifted(evaluation, horizon: horizon, steps: steps)
    for (path, quantity) in quantities where quantity.isKnown {
      guard let moved else {
        entry[keyPath: path] = quantity
        continue
      }
      var (squares, depends) = (0.0, false)
      for (input, other) in moved {
        let value = Self.quantity(path, other)
        guard value.isKnown, value.value != quantity.value else { continue }
        depends = true
        if input != .lipschitz {
          squares += (value.value - quantity.value) * (value.value - quantity.value)
        }
      }
      entry[keyPath: path] =
        depends ? .estimate(quantity.value, standardError: squares.squareRoot()) : quantity
    }
  }

  private static func quantity(
    _ path: WritableKeyPath<BoundReport.Explicit, Quantity?>, _ evaluation: ExplicitEvaluation
  ) -> Quantity {
    switch path {
    case \.initialization: evaluation.initialization
    case \.score: evaluation.score
    case \.discretization: evaluation.discretization
    case \.kl: evaluation.divergence
    case \.tv: evaluation.totalVariation
    case \.earlyStoppingW2: evaluation.earlyStopping
    default: evaluation.wasserstein
    }
  }

  /// The bound with each estimated input moved by its standard error in turn, a Lipschitz constant, which
  /// has none, by a hundredth; `nil` if no input is estimated.
  private func shifted(
    _ evaluation: ExplicitEvaluation, horizon: Double?, steps: Double?
  ) -> [(BoundInput, ExplicitEvaluation)]? {
    let bound = evaluation.bound
    let estimated = bound.uses.filter(inputs.isEstimate)
    guard !estimated.isEmpty else { return nil }
    return estimated.compactMap { input in
      guard let quantity = inputs.values[input] else { return nil }
      var values = inputs.values.mapValues(\.value)
      let change = input == .lipschitz ? 0.01 * quantity.value : quantity.standardError
      let isFull = input == .intrinsicDimension && quantity.value + change > values[.dimension] ?? 0
      values[input] = isFull ? max(0, quantity.value - change) : quantity.value + change
      values[.horizon] = horizon
      values[.steps] = steps
      values[.stop] = evaluation.stop
      return (try? BoundInputs(values)).flatMap(bound.evaluate).map { (input, $0) }
    }
  }

  // MARK: Published rates

  private func published(_ row: ConvergenceResult) -> BoundReport.Published {
    let accuracy = error.flatMap { row.accuracy(for: $0, in: metric) }
    let wanted = accuracy.flatMap { try? known.setting(.error, to: $0) } ?? known
    var complexity = row.complexity.map { scaling in
      term(row.complexityUnit, scaling, wanted, row.convention)
    }
    if error == nil { complexity?.needs.removeAll { $0 == "--error" } }
    let terms = row.terms.map { term($0.part.rawValue, $0.scaling, known, row.convention) }
    var needs: [String] = []
    for name in terms.flatMap(\.needs) where !needs.contains(name) { needs.append(name) }
    return BoundReport.Published(
      name: row.name, algorithm: row.algorithm,
      sources: row.sources.map { .init(authors: $0.authors, arxiv: $0.arXiv) },
      assumptions: row.assumptions, scoreRequirement: row.scoreRequirement,
      measure: row.measure.rawValue, reference: row.reference, convention: row.convention.equation,
      terms: terms, needs: needs, complexity: complexity, goal: row.goal,
      lowerBound: row.lowerBound, remark: row.remark, samplers: row.samplers,
      verification: row.verification.rawValue)
  }

  private func term(
    _ part: String, _ scaling: Scaling, _ inputs: BoundInputs, _ convention: TimeConvention
  ) -> BoundReport.Term {
    let scale = scaling.value(for: inputs, in: convention).flatMap { $0.isFinite ? $0 : nil }
    var ratio: Double?
    if let versus, let scale {
      let other = scaling.value(
        for: Self.withEntropy(versus).completed(by: inputs), in: convention)
      if let other, other > 0, other.isFinite { ratio = scale / other }
    }
    return BoundReport.Term(
      part: part, expression: scaling.description, scale: scale, ratio: ratio,
      needs: Self.options(scaling.needs.filter { inputs[$0] == nil }))
  }
}
