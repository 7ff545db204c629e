/// Turns the numbers of one column into coordinates and back.
struct NumberCode: Sendable {
  let code: MarginalCode
  let format: NumberFormat
  let isInteger: Bool
  let minimum: Double
  let maximum: Double
  let isConstant: Bool
  private let returnsExactly: Bool

  init(_ range: NumberRange, isInteger: Bool) {
    let resolution = NumberRange.resolution(isInteger: isInteger, range.print)
    code = MarginalCode(range.transform, resolution: resolution)
    format = NumberFormat(range.print)
    self.isInteger = isInteger
    minimum = range.minimum
    maximum = range.maximum
    isConstant = range.minimum == range.maximum
    returnsExactly = resolution > 0
  }

  /// The coordinate of a value; `uniform` in (0, 1) is the noise of its cell.
  ///
  /// Where single precision would push a printed value over the edge of its interval, the middle of
  /// the interval is taken.
  func encode(_ value: Double, uniform: Double) -> Float {
    let point = Float(code.score(of: value, uniform: uniform))
    guard returnsExactly, snapped(code.value(of: Double(point))) != value else { return point }
    return Float(code.score(of: value, uniform: 0.5))
  }

  /// The value of a coordinate, and whether it had to be moved to the bounds.
  @inline(__always)
  func decode(_ point: Float) -> (value: Double, isClipped: Bool) {
    let value = snapped(code.value(of: Double(point)))
    if value < minimum { return (minimum, true) }
    if value > maximum { return (maximum, true) }
    return (value, false)
  }

  private func snapped(_ value: Double) -> Double {
    isInteger ? value.rounded() + 0 : format.rounded(value)
  }
}
