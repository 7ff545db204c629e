import RealModule

/// The canonical times of grids that are spread between two ends, in ascending order.
enum GridPoints {
  /// The floor of an exponential-then-constant grid that names none.
  static let usualFloor = 0.01

  /// `steps` + 1 times, both ends included.
  static func ascending(
    _ specification: GridSpecification, steps: Int, from low: Double, to high: Double
  ) -> [Double] {
    /// Equal steps of a decreasing or increasing function of time, and back by its inverse.
    func spread(by value: (Double) -> Double, back time: (Double) -> Double) -> [Double] {
      let (first, last) = (value(low), value(high))
      return (0...steps).map { time(first + (last - first) * (Double($0) / Double(steps))) }
    }
    switch specification.kind {
    case .uniform: return spread(by: { $0 }, back: { $0 })
    case .geometric: return geometric(from: low, to: high, steps: steps)
    case .logSNR:
      return spread(
        by: OrnsteinUhlenbeck.logSNR(atCanonicalTime:),
        back: OrnsteinUhlenbeck.canonicalTime(ofLogSNR:))
    case .karras:
      let exponent = specification.exponent ?? specification.kind.defaultExponent ?? 7
      // The root of sigma / alpha, formed in logarithms so that no time overflows.
      return spread(
        by: { $0 > 0 ? .exp(-OrnsteinUhlenbeck.logSNR(atCanonicalTime: $0) / exponent) : 0 },
        back: { OrnsteinUhlenbeck.canonicalTime(ofLogSNR: -exponent * .log($0)) })
    case .quadratic:
      let exponent = specification.exponent ?? specification.kind.defaultExponent ?? 2
      return spread(by: { .pow($0, 1 / exponent) }, back: { .pow($0, exponent) })
    case .linearBeta: return spread(by: linearBeta.time, back: linearBeta.canonicalTime)
    case .cosine: return spread(by: cosine.time, back: cosine.canonicalTime)
    case .exponential: return GridRates.exponential(from: low, to: high, steps: steps)
    case .exponentialThenConstant:
      return GridRates.exponentialThenConstant(
        from: low, to: high, steps: steps, floor: specification.floor ?? usualFloor)
    case .benton: return benton(from: low, to: high, steps: steps)
    case .li, .optimal, .custom: return [low, high]
    }
  }

  private static func geometric(from low: Double, to high: Double, steps: Int) -> [Double] {
    let logRatio = Double.log(high / low)
    return (0...steps).map { low * .exp(logRatio * Double($0) / Double(steps)) }
  }

  private static func benton(from low: Double, to high: Double, steps: Int) -> [Double] {
    if low >= 1 || steps == 1 {
      return (0...steps).map { low + (high - low) * Double($0) / Double(steps) }
    }
    if high <= 1 { return geometric(from: low, to: high, steps: steps) }
    let equal = steps / 2
    return geometric(from: low, to: 1, steps: steps - equal)
      + (1...equal).map { 1 + (high - 1) * Double($0) / Double(equal) }
  }

  /// The clock of a variance-preserving process with usual parameters, against canonical time.
  private struct Clock {
    let time: (Double) -> Double
    let canonicalTime: (Double) -> Double
  }

  private static var linearBeta: Clock {
    let (minimum, slope) = (0.1, 19.9)
    return Clock(
      time: { canonical in
        guard canonical > 0 else { return 0 }
        return 4 * canonical
          / (minimum + .sqrt(minimum * minimum + 4 * slope * canonical))
      }, canonicalTime: { (minimum + slope / 2 * $0) * $0 / 2 })
  }

  private static var cosine: Clock {
    let offset = 0.008
    let start = Double.pi / 2 * offset / (1 + offset)
    return Clock(
      time: { canonical in
        // cos D - tan(start) sin D = 1 - loss, solved for tan(D / 2).
        let loss = -Double.expMinusOne(-canonical)
        let slope = Double.tan(start)
        let halfTangent = loss / (slope + .sqrt(slope * slope + loss * (2 - loss)))
        return 2 * .atan(halfTangent) * (1 + offset) * 2 / .pi
      },
      canonicalTime: { time in
        let turned = Double.pi / 2 * time / (1 + offset)
        let half = Double.sin(turned / 2)
        let loss = 2 * half * half + .tan(start) * .sin(turned)
        guard loss > 0.5 else { return -.log(onePlus: -loss) }
        return -.log(.sin(.pi / 2 * (1 - time) / (1 + offset)) / .cos(start))
      })
  }
}
