/// Whether two numbers agree to a relative error, with an absolute floor for numbers near 0.
public func agrees(
  _ value: Double, _ expected: Double, relative: Double = 1e-10, absolute: Double = 0
) -> Bool {
  if value == expected { return true }
  return abs(value - expected) <= max(relative * abs(expected), absolute)
}

/// Whether two lists agree element by element.
public func agrees(
  _ values: [Double], _ expected: [Double], relative: Double = 1e-10, absolute: Double = 0
) -> Bool {
  values.count == expected.count
    && zip(values, expected).allSatisfy {
      agrees($0, $1, relative: relative, absolute: absolute)
    }
}

/// The error of a value in units in the last place of the truth, both finite.
public func unitsInTheLastPlace<T: BinaryFloatingPoint>(_ value: T, truth: Double) -> Double {
  if value == T(truth) { return 0 }
  let unit = Double(max(T(truth).magnitude.ulp, T.leastNonzeroMagnitude))
  return abs(Double(value) - truth) / unit
}
