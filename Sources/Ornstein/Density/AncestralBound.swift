import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables
import RealModule

extension TableModel {
  /// Lower bounds of the log-densities under the ancestral sampler.
  ///
  /// Polynomials that know the data's own noise are bounded along their own levels, down to the data
  /// themselves, where only labels and angles have noise, as much as they were learned with.
  func lowerBounds(
    _ measured: MeasuredPoints, _ settings: DensitySettings, _ process: any ForwardProcess,
    base: BaseLaw, firstRow: Int, threads: Int
  ) throws -> [LogDensity] {
    let key = NoiseKey(seed: settings.seed)
    var grid = GridSpecification(
      .logSNR, steps: settings.steps, horizon: settings.horizon, stop: settings.stop)
    var predictor = FrozenDenoiser()
    if case .polynomial(let score, _) = learned {
      predictor = try FrozenDenoiser(baseVariance: score.baseVariance)
      let (first, last) = (score.levels[0], score.levels[score.levels.count - 1])
      grid.endsClean = settings.stop == nil && last.addedVariance == 0
      if settings.horizon == nil {
        grid.horizon = process.time(ofCanonicalTime: .log(onePlus: first.addedVariance) / 2)
      }
      if grid.endsClean {
        grid.stop = process.time(
          ofCanonicalTime: .log(onePlus: min(score.baseVariance, first.addedVariance) / 1000) / 2)
      }
    }
    let levels = try predictor.levels(of: process, grid: grid) ?? grid.levels(for: process)
    let bound = try VariationalBound(
      score, levels: levels, base: base, baseVariance: predictor.baseVariance,
      draws: settings.draws, key: key)
    guard grid.endsClean else {
      let found = try bound.logDensities(of: measured.points, firstRow: firstRow, threads: threads)
      let shifts = DequantisedRows.meanShifts(measured, at: levels[levels.count - 1])
      return zip(found, shifts).map { $0.shifted(by: $1) }
    }
    let noised = DequantisedRows(
      measured, at: NoiseLevel(time: 0, alpha: 1, sigma: LawFit.labelDeviation), key: key,
      firstRow: firstRow)
    let found = try bound.logDensities(
      ofData: noised.points, firstRow: firstRow, threads: threads)
    return zip(found, noised.shifts).map { $0.shifted(by: $1) }
  }
}

extension LogDensity {
  func shifted(by shift: Double) -> LogDensity {
    LogDensity(
      value: value + shift, numericalError: numericalError, standardError: standardError)
  }
}
