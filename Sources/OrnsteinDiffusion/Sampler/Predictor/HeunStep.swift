/// One step of Heun's method in sigma_E = sigma / alpha on the points x / alpha.
struct HeunStep {
  /// The level of the points.
  let start: NoiseLevel
  /// The level that the step leads to.
  let end: NoiseLevel
  /// Whether the slope at the end is looked at too.
  let isCorrected: Bool

  /// Emits Euler's step or both.
  func emit(into program: inout ProgramBuilder) {
    let position = end.alpha / start.alpha
    let length = end.alpha * (start.relativeDeviation - end.relativeDeviation)
    let slope = program.evaluate(at: start)
    guard isCorrected else {
      program.combine([(position, .position), (length * start.sigma, slope)])
      return
    }
    let predicted = program.register("predicted")
    program.combine(
      into: predicted, [(position, .position), (length * start.sigma, slope)])
    let second = program.evaluate(predicted, at: end, into: program.register("second score"))
    program.combine([
      (position, .position), (length * start.sigma / 2, slope), (length * end.sigma / 2, second),
    ])
  }
}
