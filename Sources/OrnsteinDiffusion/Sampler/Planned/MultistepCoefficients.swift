import RealModule

/// One step of a planned sampler: how far the flow goes and what it is made of.
struct MultistepCoefficients: Sendable, Hashable {
  /// The factors of the slopes, the newest first.
  var slopes: [Double]
  /// The factors of the noises of earlier steps, the newest first.
  var noises: [Double] = []
}

/// A rule of a planned sampler for all its steps.
///
/// With w, S and slopes g as in ``MatchedNormal``, a step from deviation sigma_i to sigma_{i+1} is
///
///     w'' = w_i + sum_j beta_j g_{i-j} + sum_j gamma_j n_{i-j},
///     y_{i+1} = mean + S(sigma'') w'' + sqrt(sigma_{i+1}^2 - sigma''^2) z_i,
///
/// where sigma'' = sigma_{i+1} (sigma_{i+1} / sigma_i)^eta lies below sigma_{i+1}: the flow goes too
/// far, and the noise z_i leads back. n_i is the noise of a step divided by S(sigma_{i+1}).
struct MultistepRule: Sendable, Hashable {
  /// What is removed from the score.
  let normal: MatchedNormal
  /// How much noise a step adds, 0 for none.
  let eta: Double
  /// The coefficients of each step.
  let steps: [MultistepCoefficients]

  /// The deviation that the flow of a step aims at.
  static func aim(from sigma: Double, to next: Double, eta: Double) -> Double {
    eta > 0 && next > 0 ? next * .pow(next / sigma, eta) : next
  }

  /// The deviation of the noise of a step.
  static func noise(from sigma: Double, to next: Double, eta: Double) -> Double {
    let aim = aim(from: sigma, to: next, eta: eta)
    return aim < next ? .sqrt((next - aim) * (next + aim)) : 0
  }

  /// The most slopes that a step uses.
  private var slopeCount: Int { max(1, steps.map(\.slopes.count).max() ?? 1) }
  /// The most earlier noises that a step uses.
  private var noiseCount: Int { steps.map(\.noises.count).max() ?? 0 }

  /// Emits a step: one evaluation, the slope, and the sum that leads to the next level.
  func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let (sigma, next) = (t.relativeDeviation, s.relativeDeviation)
    let aim = Self.aim(from: sigma, to: next, eta: eta)
    let noise = s.alpha * Self.noise(from: sigma, to: next, eta: eta)
    let scales = normal.deviations(at: sigma)
    let aimed = normal.deviations(at: aim)
    var mean: Register?
    if !normal.mean.allSatisfy({ $0 == 0 }) {
      let register = program.register("planned mean")
      if index == 0 { program.fill(register, with: normal.mean) }
      mean = register
    }
    let slope = MultistepHistory.register("slope", at: index, slots: slopeCount, in: &program)
    program.evaluate(at: t, into: slope)
    let pulls = scales.map { sigma / ($0 * $0 * $0) }
    program.combineColumns(
      into: slope,
      [
        (scales.map { -t.sigma / $0 }, slope), (pulls.map { -$0 / t.alpha }, .position),
      ] + (mean.map { [(pulls, $0)] } ?? []))
    let ratios = zip(aimed, scales).map { $0 / $1 }
    var terms = [(ratios.map { s.alpha / t.alpha * $0 }, Register.position)]
    if let mean { terms.append((ratios.map { s.alpha * (1 - $0) }, mean)) }
    for (age, factor) in steps[index].slopes.enumerated() {
      let register = MultistepHistory.register(
        "slope", at: index - age, slots: slopeCount, in: &program)
      terms.append((aimed.map { s.alpha * $0 * factor }, register))
    }
    for (age, factor) in steps[index].noises.enumerated() {
      let place = index - 1 - age
      let (before, after) = (
        levels[place].relativeDeviation, levels[place + 1].relativeDeviation
      )
      let deviation = Self.noise(from: before, to: after, eta: eta)
      let register = noiseRegister(at: place, &program)
      terms.append(
        (
          zip(aimed, normal.deviations(at: after)).map { s.alpha * factor * deviation * $0 / $1 },
          register
        ))
    }
    guard noise > 0, noiseCount > 0 else {
      return program.combineColumns(terms, noise: noise)
    }
    let fresh = noiseRegister(at: index, &program)
    program.drawNormals(into: fresh)
    program.combineColumns(terms + [([noise], fresh)])
  }

  /// Noises that later steps use are kept.
  private func noiseRegister(at place: Int, _ program: inout ProgramBuilder) -> Register {
    MultistepHistory.register(
      "planned noise", at: place, slots: noiseCount + 1, in: &program)
  }
}
