import RealModule

extension Double {
  /// The nearest number of so many significant digits, for text.
  ///
  /// - Parameter digits: 1 or more.
  package func rounded(toSignificantDigits digits: Int) -> Double {
    guard isFinite, self != 0 else { return self }
    let places = digits - 1 - Int(Double.log10(magnitude).rounded(.down))
    let factor = Double.pow(10, abs(places))
    guard factor.isFinite else { return self }
    return places >= 0 ? (self * factor).rounded() / factor : (self / factor).rounded() * factor
  }
}
