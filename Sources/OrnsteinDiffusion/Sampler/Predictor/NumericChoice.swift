/// Choices and counts among options, which are numbers.
extension [String: Double] {
  /// A case of an enumeration by its number, the first one if the option is absent.
  func choice<Choice: RawRepresentable<Int> & CaseIterable>(
    _ option: String, of type: Choice.Type
  ) throws(SamplingError) -> Choice {
    let value = self[option] ?? 0
    guard let choice = Choice.allCases.first(where: { Double($0.rawValue) == value }) else {
      let numbers = Choice.allCases.map { String($0.rawValue) }.joined(separator: " or ")
      throw .invalidOption(option: option, value: value, requirement: "must be \(numbers)")
    }
    return choice
  }

  /// A whole number.
  func count(_ option: String, usual: Int) throws(SamplingError) -> Int {
    guard let value = self[option] else { return usual }
    guard let count = Int(exactly: value) else {
      throw .invalidOption(option: option, value: value, requirement: "must be a whole number")
    }
    return count
  }
}
