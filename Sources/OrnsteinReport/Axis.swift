import RealModule

/// One axis of a plot: which numbers it spans, and how.
public struct Axis: Sendable, Hashable {
  /// How numbers become lengths.
  public enum Scale: Sendable, Hashable {
    /// In proportion.
    case linear
    /// By the logarithm; all numbers must be positive.
    case logarithmic
  }

  /// What the numbers are.
  public var label: String
  /// The numbers at the two ends.
  public var range: ClosedRange<Double>
  /// How numbers become lengths.
  public var scale: Scale

  /// An axis; an empty range is widened, and one that is not positive is cut for a logarithm.
  public init(_ label: String, _ range: ClosedRange<Double>, scale: Scale = .linear) {
    self.label = label
    self.scale = scale
    var (low, high) = (range.lowerBound, range.upperBound)
    if !low.isFinite || !high.isFinite { (low, high) = (0, 1) }
    if scale == .logarithmic {
      high = max(high, 1e-300)
      low = min(max(low, high * 1e-12), high)
      if low == high { (low, high) = (low / 2, high * 2) }
    } else if low == high {
      (low, high) = (low - 0.5, high + 0.5)
    }
    self.range = low...high
  }

  /// An axis around some numbers, with a margin of a twentieth.
  public init(_ label: String, around values: [Double], scale: Scale = .linear) {
    let finite = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if scale == .logarithmic {
      self.init(label, low / 1.2...high * 1.2, scale: scale)
    } else {
      let margin = (high - low) / 20
      self.init(label, low - margin...high + margin)
    }
  }

  /// Where a number lies between the ends, 0 to 1.
  public func fraction(of value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    switch scale {
    case .linear:
      let width = high - low
      // Halved where the width itself would overflow.
      return width.isFinite
        ? (value - low) / width : (value / 2 - low / 2) / (high / 2 - low / 2)
    case .logarithmic:
      return value > 0 ? Double.log(value / low) / .log(high / low) : 0
    }
  }

  /// Round numbers for marks, some 3 to 8 of them.
  public var ticks: [Double] {
    let (low, high) = (range.lowerBound, range.upperBound)
    if scale == .logarithmic {
      let first = Int(Double.log10(low).rounded(.up))
      let last = Int(Double.log10(high).rounded(.down))
      guard last - first > 1 else {
        let fine = (first - 1...last).flatMap { power in
          [1, 2, 5].map { $0 * Double.exp10(Double(power)) }
        }.filter { low...high ~= $0 }
        return fine.count > 1 ? fine : [low, high]
      }
      let every = max(1, (last - first + 6) / 7)
      return stride(from: first, through: last, by: every).map { Double.exp10(Double($0)) }
    }
    let width = high - low
    let step = Self.roundStep(width.isFinite ? width / 5 : high / 5 - low / 5)
    let first = (low / step).rounded(.up)
    return (0..<20).map { (first + Double($0)) * step }.filter {
      $0.isFinite && $0 <= high + step * 1e-9
    }
  }

  /// The power of ten times 1, 2 or 5 that is nearest above.
  private static func roundStep(_ rough: Double) -> Double {
    let power = Double.exp10(Double.log10(rough).rounded(.down))
    let mantissa = rough / power
    return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10)
  }

  /// A mark as text: as few digits as tell it from its neighbours.
  static func text(_ value: Double) -> String {
    if value == 0 { return "0" }
    let size = abs(value)
    if size >= 1e5 || size < 1e-3 {
      let exponent = Int(Double.log10(size).rounded(.down))
      let mantissa = (value / Double.exp10(Double(exponent)) * 100).rounded() / 100
      guard mantissa.isFinite else { return "\(value)" }
      return mantissa == 1 ? "1e\(exponent)" : "\(trimmed(mantissa))e\(exponent)"
    }
    return trimmed((value * 1e5).rounded() / 1e5)
  }

  private static func trimmed(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\(value)"
  }
}
