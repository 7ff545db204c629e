/// The denoisers of the last steps, in registers named by a number.
extension ProgramBuilder {
  /// The register of a denoiser.
  mutating func denoiser(number: Int) -> Register { register("denoiser \(number)") }

  /// Evaluates the denoiser m = (x + sigma^2 score) / alpha of the points.
  mutating func denoiser(at level: NoiseLevel, number: Int) -> Register {
    let output = denoiser(number: number)
    evaluate(at: level, into: output)
    combine(
      into: output,
      [(1 / level.alpha, .position), (level.sigma * level.sigma / level.alpha, output)])
    return output
  }
}
