import OrnsteinDiffusion

extension PathStatistics {
  /// What is known at one of the times.
  public subscript(index: Int) -> LevelStatistics {
    let level = OrnsteinUhlenbeck.canonical.level(at: times[index])
    let end = StepEnd(times[index])
    func law(_ path: KeyPath<LawCurves, [Double]>) -> Quantity {
      isAbsolute ? quantity { $0.law?[keyPath: path][index] ?? .nan } : .unknown
    }
    func model(
      _ data: KeyPath<DataCurves, [Double]>, _ law: KeyPath<LawCurves, [Double]>,
      _ excess: @escaping (ErrorCurves) -> Double
    ) -> Quantity {
      quantity { curves in
        if let data = curves.data?[keyPath: data][index] { return data }
        guard let known = curves.law?[keyPath: law][index] else { return .nan }
        return known + (curves.error.map(excess) ?? 0)
      }
    }
    let gain = end.variance * end.variance / end.squaredSignal
    return LevelStatistics(
      level: level,
      squaredScore: model(\.squared, \.fisher) { $0.squared[index] + 2 * $0.score[index] },
      alignment: model(\.score, \.fisher) { $0.score[index] },
      denoisingLoss: model(\.loss, \.meanSquareError) { gain * $0.squared[index] },
      fisherInformation: law(\.fisher), relativeFisherInformation: law(\.relativeFisher),
      meanSquareError: law(\.meanSquareError), squaredHessian: law(\.squaredHessian),
      squaredScoreError: scoreError(at: index), normality: law(\.normality))
  }

  private func scoreError(at index: Int) -> Quantity {
    switch basis {
    case .data, .selfConsistent: .unknown
    case .exact, .sampled:
      mean.error == nil ? .exact(0) : quantity { $0.error?.squared[index] ?? 0 }
    }
  }

  /// KL(p_T | start) at one of the times, without the part that the moments of the start miss.
  ///
  /// Where it cannot be known, the bound by the moments.
  ///
  /// - Parameter index: The place of the horizon among the times.
  /// - Throws: ``OracleError/invalidLaw(_:)``.
  public func normality(at index: Int) throws(OracleError) -> Quantity {
    let level = OrnsteinUhlenbeck.canonical.level(at: times[index])
    let known = isAbsolute ? quantity { $0.law?.normality[index] ?? .nan } : .unknown
    if known.isKnown { return known }
    return .bound(try InitializationDivergence.normalityBound(moments: moments, at: level))
  }
}
