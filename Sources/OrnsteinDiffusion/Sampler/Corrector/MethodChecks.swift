/// Checks of numbers that a method takes, each with the one error that names it.
extension Double {
  /// The number if it is positive and finite.
  func checkedPositive(_ option: String) throws(SamplingError) -> Double {
    guard self > 0, isFinite else {
      throw .invalidOption(option: option, value: self, requirement: "must be positive")
    }
    return self
  }

  /// The number if it is finite and 0 or more.
  func checkedNotNegative(_ option: String) throws(SamplingError) -> Double {
    guard self >= 0, isFinite else {
      throw .invalidOption(option: option, value: self, requirement: "must be 0 or more")
    }
    return self
  }

  /// The number if it is whole and in a range.
  func checkedWhole(_ option: String, in range: ClosedRange<Int>) throws(SamplingError) -> Int {
    guard let value = Int(exactly: self), range.contains(value) else {
      throw .invalidOption(
        option: option, value: self,
        requirement: "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}
