import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

extension TableModel {
  private static var closedFormRows: Int { 1024 }

  /// The log-densities under a law that has them in closed form: without any noise where the law has a
  /// density and no coordinate is a label, else at the stop as by the probability flow.
  func closedForm(
    _ measured: MeasuredPoints, _ settings: DensitySettings, _ process: any ForwardProcess,
    firstRow: Int, threads: Int
  ) throws -> [LogDensity] {
    guard let law = learned.closedForm else { throw LikelihoodError.densityMissing }
    let stop = settings.stop ?? process.defaultStop
    guard process.timeRange.contains(stop), process.level(at: stop).sigma > 0 else {
      throw LikelihoodError.invalidLevels(
        stop: stop, horizon: settings.horizon ?? process.horizon)
    }
    let hasGaps = gapLayout != nil
    let isClean =
      settings.stop == nil && law.hasDensity
      && measured.roles.allSatisfy {
        $0 == .value || (hasGaps && ($0 == .gap || $0 == .marker))
      }
    let level =
      isClean ? NoiseLevel(time: 0, alpha: 1, sigma: 0) : process.level(at: stop)
    let noised = DequantisedRows(
      measured, at: level, key: NoiseKey(seed: settings.seed), firstRow: firstRow,
      omittingGaps: hasGaps)
    if let layout = gapLayout, let mixture = learned.mixture {
      let densities = try GapDensity(mixture, layout, at: level).logDensities(
        of: noised.points, measured.roles, key: NoiseKey(seed: settings.seed), firstRow: firstRow,
        threads: threads)
      return zip(densities, noised.shifts).map { LogDensity(value: $0 + $1) }
    }
    var densities = [Double](repeating: 0, count: noised.points.count)
    try densities.withUnsafeMutableBufferPointer { densities in
      nonisolated(unsafe) let densities = densities
      try Chunks(of: 0..<noised.points.count, size: Self.closedFormRows).forEach(
        threads: threads
      ) { rows, workspace in
        var part = MutableSpan(
          _unsafeElements: UnsafeMutableBufferPointer(rebasing: densities[rows]))
        noised.points[rows].withSpan { points in
          law.logDensity(of: points, at: level, into: &part, workspace: workspace)
        }
      }
    }
    return zip(densities, noised.shifts).map { LogDensity(value: $0 + $1) }
  }
}
