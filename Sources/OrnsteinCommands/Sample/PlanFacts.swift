import Ornstein

/// What a page says of a plan, above its pictures.
extension SamplingPlan {
  func facts(_ program: SamplerProgram) -> [[String]] {
    var rows = [
      ["sampler", predictor.name + Spelling.options(predictor.parameters)],
      ["process", process.name + Spelling.options(process.parameters)],
      ["grid", grid.fact(steps: program.levels.count - 1)],
      ["score evaluations a point", "\(program.evaluations)"],
      ["start", initialLaw.rawValue],
      ["finish", finish.rawValue],
      ["seed", "\(seed)"],
    ]
    if let corrector {
      rows.insert(["corrector", corrector.name + Spelling.options(corrector.parameters)], at: 1)
    }
    return rows
  }
}

extension PhaseSpacePlan {
  func facts<Scalar>(_ sampler: PhaseSpaceSampler<Scalar>) -> [[String]] {
    let process = Spelling.options([
      "mass": mass, "rate": rate, "initial-spread": initialSpread,
    ])
    return [
      ["sampler", method.rawValue],
      ["process", "critically damped Langevin" + process],
      ["grid", "equal steps of t^(1/\(Spelling.number(exponent))), \(sampler.steps.count) steps"],
      ["score evaluations a point", "\(sampler.evaluations)"],
      ["start", initialLaw.rawValue],
      ["seed", "\(seed)"],
    ]
  }
}

extension DiscretePlan {
  func facts(_ sampler: DiscreteSampler) -> [[String]] {
    let ends = [sampler.times[0], sampler.times[sampler.times.count - 1]]
    return [
      ["sampler", method.rawValue],
      ["process", process.rawValue],
      [
        "states", "\(sampler.process.states)" + (sampler.process.mask.map { ", mask \($0)" } ?? ""),
      ],
      ["grid", grid.fact(steps: sampler.times.count - 1)],
      ["cumulative rates", ends.map { Spelling.number($0) }.joined(separator: " to ")],
      [
        "posterior evaluations a point",
        sampler.evaluationsPerRow.map { "\($0)" } ?? "as many as it has jumps or candidates",
      ],
      ["start", start.rawValue],
      ["seed", "\(seed)"],
    ]
  }
}

extension GridSpecification {
  fileprivate func fact(steps: Int) -> String {
    "\(kind.rawValue)\(Spelling.options(options)), \(steps) steps"
  }
}

extension Spelling {
  /// Options in brackets, as ` (eta 0, order 2)`; nothing for none.
  static func options(_ parameters: [String: Double]) -> String {
    guard !parameters.isEmpty else { return "" }
    let text = parameters.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value))" }
    return " (\(text.joined(separator: ", ")))"
  }
}
