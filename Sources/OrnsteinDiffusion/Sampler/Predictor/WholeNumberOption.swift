/// An option of a method that is a whole number of a range.
struct WholeNumberOption {
  let name: String
  let range: ClosedRange<Int>

  /// The number.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` if it is not in the range.
  func checked(_ value: Int) throws(SamplingError) -> Int {
    guard range.contains(value) else { throw error(Double(value)) }
    return value
  }

  /// The number of a dictionary of options, in which it must be.
  func value(in options: [String: Double]) throws(SamplingError) -> Int {
    let value = options[name] ?? .nan
    guard let number = Int(exactly: value), range.contains(number) else { throw error(value) }
    return number
  }

  private func error(_ value: Double) -> SamplingError {
    let requirement =
      range.count == 2
      ? "must be \(range.lowerBound) or \(range.upperBound)"
      : "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
    return .invalidOption(option: name, value: value, requirement: requirement)
  }
}
