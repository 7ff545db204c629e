import Ornstein

/// Samplers that are no predictors of a linear process: phase space and discrete states.
extension SampleCommand {
  /// The method of phase space that the options name, or `nil`.
  var phaseSpaceMethod: PhaseSpaceMethod? {
    planOptions.name.flatMap { try? PhaseSpaceMethod(name: $0) }
  }

  /// Draws positions through the critically damped Langevin process.
  func drawPhaseSpace(_ method: PhaseSpaceMethod) throws {
    let target = try TargetFile(contentsOf: source).makeTarget(Double.self)
    guard let model = target as? any PhaseSpaceModel<Double> else {
      throw CommandFailure(
        .badInput,
        "\"\(source)\" is no Gaussian mixture; the sampler \(method.rawValue) needs the score of "
          + "positions and velocities, which only mixtures have.")
    }
    let plan = try phaseSpacePlan(method)
    let writer = try pointWriter(target.dimension)
    try draw(
      try plan.makeSampler(for: model), plan, seed: plan.seed, dimension: target.dimension,
      to: writer, write: { try writer.write($0) })
  }

  private func phaseSpacePlan(_ method: PhaseSpaceMethod) throws -> PhaseSpacePlan {
    try planOptions.refuse(planOptions.linearOnly, for: method.rawValue)
    var plan = PhaseSpacePlan(
      steps: planOptions.steps, method: method, initialLaw: .momentMatched, seed: planOptions.seed)
    for (option, value) in try planOptions.samplerNumbers() {
      switch option {
      case "mass": plan.mass = value
      case "rate": plan.rate = value
      case "initial-spread": plan.initialSpread = value
      default:
        throw CommandFailure(
          .badUsage,
          "\(SamplingError.unknownOption(predictor: method.rawValue, option: option))")
      }
    }
    if let horizon = planOptions.horizon { plan.horizon = horizon }
    if let stop = planOptions.stop { plan.stop = stop }
    if let rho = planOptions.rho { plan.exponent = rho }
    if let initial = planOptions.initial { plan.initialLaw = try choice(initial, "--initial") }
    do {
      _ = try plan.process()
      _ = try plan.grid()
    } catch {
      throw CommandFailure(.badUsage, "\(error)")
    }
    return plan
  }

  /// Draws points of discrete states.
  func drawDiscrete(_ description: DiscreteTargetDescription) throws {
    let target: DiscreteTarget
    do {
      target = try description.make()
    } catch {
      throw CommandFailure(.badInput, "\"\(source)\": \(error)")
    }
    let plan: DiscretePlan
    let sampler: DiscreteSampler
    do {
      plan = try discretePlan()
      sampler = try plan.makeSampler(for: target)
    } catch let error as CommandFailure {
      throw error
    } catch {
      throw CommandFailure(.badUsage, "\(error)")
    }
    let writer = try pointWriter(target.dimension)
    try draw(
      sampler, plan, seed: plan.seed, dimension: target.dimension, to: writer,
      write: { try writer.write($0) })
  }

  private func discretePlan() throws -> DiscretePlan {
    let options = planOptions
    try options.refuse(
      options.linearOnly.filter { !$0.name.hasPrefix("--grid") }, for: "discrete states")
    try options.refuse(
      [("--sampler-option", !options.samplerOption.isEmpty)], for: "discrete states")
    var plan = DiscretePlan(seed: options.seed)
    plan.grid.steps = options.steps
    if let name = options.name { plan.method = try DiscreteMethod(name: name) }
    if let process = options.process { plan.process = try DiscreteProcess.Kind(name: process) }
    if let grid = options.grid { plan.grid.kind = try GridKind(name: grid) }
    // The levels of a li grid have ends of their own.
    if plan.grid.kind == .li { plan.grid.horizon = nil }
    try options.setGridOptions(of: &plan.grid)
    if let horizon = options.horizon { plan.grid.horizon = horizon }
    if let stop = options.stop { plan.grid.stop = stop }
    if let initial = options.initial { plan.start = try choice(initial, "--initial") }
    return plan
  }

  private func pointWriter(_ dimension: Int) throws -> TableWriter {
    try TableWriter(
      path: output, names: Self.names("x", dimension), element: .double, threads: threads.count)
  }
}
