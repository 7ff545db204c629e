import Ornstein

/// Measured statistics of a model or a target, for people and machines.
struct StatisticsReport: Encodable {
  var kind = "statistics"
  var file: String
  var data: String?
  var isExact: Bool
  var dimension: Int
  var points: Int
  var secondMoment: Quantity
  var intrinsicDimension: Quantity
  var relativeFisherInformation: Quantity
  var largestLipschitz: Double?
  var levels: [Level]

  struct Level: Encodable {
    var time: Double
    var logSnr: Double
    var signalToNoise: Double
    var denoisingLoss: Quantity
    var dimension: Quantity
    var scoreLoss: Quantity
    var squaredScore: Quantity
    var fisherInformation: Quantity
    var squaredJacobian: Quantity
    var lipschitz: LipschitzStatistics?
  }

  init(_ statistics: DataStatistics, file: String, data: String?) {
    self.file = file
    self.data = data
    isExact = statistics.isExact
    dimension = statistics.dimension
    points = statistics.points
    secondMoment = statistics.secondMoment
    intrinsicDimension = statistics.curve.dimension
    relativeFisherInformation = statistics.relativeFisherInformation
    largestLipschitz = statistics.largestLipschitz
    levels = statistics.levels.map {
      Level(
        time: $0.level.canonicalTime, logSnr: $0.level.logSNR, signalToNoise: $0.ratio,
        denoisingLoss: $0.denoisingLoss, dimension: $0.dimension, scoreLoss: $0.scoreLoss,
        squaredScore: $0.squaredScore,
        fisherInformation: statistics.isExact ? $0.bestFisherInformation : $0.fisherInformation,
        squaredJacobian: $0.squaredJacobian, lipschitz: $0.lipschitz)
    }
  }

  var text: String {
    var lines = [
      "\"\(file)\": measured on \(points) points of \(dimension) "
        + (dimension == 1 ? "coordinate" : "coordinates") + (data.map { " of \"\($0)\"" } ?? ""),
      "Second moment M₂ = E|X_0|²: " + BoundText.number(secondMoment)
        + (secondMoment.certainty == .exact ? " (exact)" : ""),
      "Largest u M(u): \(BoundText.number(intrinsicDimension)) of \(dimension)"
        + (isExact ? "" : ", from the loss of the model, which is M or more"),
    ]
    if relativeFisherInformation.isKnown, let lowest = levels.first {
      lines.append(
        "Fisher information relative to N(0, I) at t = \(Spelling.number(lowest.time, digits: 3)): "
          + BoundText.number(relativeFisherInformation))
    }
    if let largestLipschitz {
      lines.append("Largest local Lipschitz constant seen: \(Spelling.number(largestLipschitz))")
    }
    let rows = levels.map { level in
      [
        Spelling.number(level.time, digits: 3), Spelling.number(level.logSnr, digits: 3),
        number(level.denoisingLoss), number(level.dimension), number(level.scoreLoss),
        number(level.fisherInformation),
        number(level.squaredJacobian),
        level.lipschitz.map { Spelling.number($0.median, digits: 3) } ?? "-",
        level.lipschitz.map { Spelling.number($0.ninetyNinthPercentile, digits: 3) } ?? "-",
        level.lipschitz.map { Spelling.number($0.largest, digits: 3) } ?? "-",
      ]
    }
    let header = [
      "t", "log-SNR", isExact ? "M" : "denoising loss", isExact ? "u M" : "u loss", "score loss",
      isExact ? "J" : "J at least", isExact ? "E|H|²" : "E|Jacobian|²", "Lipschitz 50 %", "99 %",
      "largest",
    ]
    lines += ["", TextTable(header: header, rows: rows).text]
    return lines.joined(separator: "\n")
  }

  private func number(_ quantity: Quantity) -> String { BoundText.number(quantity, digits: 3) }
}
