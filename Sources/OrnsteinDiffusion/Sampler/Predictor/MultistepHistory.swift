/// What methods with a history share.
struct MultistepHistory {
  /// The most earlier values that a step uses, its own included.
  let order: Int
  /// Whether the order falls to 1 towards the last step.
  var lowersAtEnd = false

  /// The order of a step that extrapolates in log-SNR: as many values as there are, and one where
  /// the step leads to clean data, whose log-SNR is infinite.
  func order(ofStep index: Int, of levels: [NoiseLevel]) -> Int {
    guard levels[index + 1].sigma > 0 else { return 1 }
    let possible = min(order, index + 1)
    return lowersAtEnd ? min(possible, levels.count - 1 - index) : possible
  }

  /// The register of the value at a level, among `slots` that take turns.
  static func register(
    _ name: String, at index: Int, slots: Int, in program: inout ProgramBuilder
  ) -> Register {
    program.register("\(name) \(index % slots)")
  }
}

extension NoiseLevel {
  /// sigma / alpha, the standard deviation of the noise of x / alpha.
  var relativeDeviation: Double { sigma / alpha }
}

extension ProgramBuilder {
  /// output <- the denoiser (x + sigma^2 score) / alpha of the points in a register.
  mutating func evaluateDenoiser(
    _ register: Register = .position, at level: NoiseLevel, into output: Register
  ) {
    evaluate(register, at: level, into: output)
    combine(
      into: output,
      [(level.sigma * level.sigma / level.alpha, output), (1 / level.alpha, register)])
  }
}
