import RealModule

/// The Hermite polynomials that are orthonormal under the standard normal law.
///
/// With h_0 = 1 and h_1(z) = z,
///
///     h_{k+1}(z) = (z h_k(z) - sqrt(k) h_{k-1}(z)) / sqrt(k + 1),    h_k' = sqrt(k) h_{k-1}.
///
/// h_k is the probabilists' He_k divided by sqrt(k!).
public enum HermitePolynomials {
  /// h_0(z), ..., h_degree(z).
  public static func values(at z: Double, degree: Int) -> [Double] {
    precondition(degree >= 0, "A polynomial cannot have degree \(degree).")
    return [Double](unsafeUninitializedCapacity: degree + 1) { buffer, count in
      if let base = buffer.baseAddress { write(at: z, degree: degree, into: base) }
      count = degree + 1
    }
  }

  /// h_0'(z), ..., h_degree'(z).
  public static func derivatives(at z: Double, degree: Int) -> [Double] {
    let values = values(at: z, degree: degree)
    return (0...degree).map { $0 == 0 ? 0 : Double($0).squareRoot() * values[$0 - 1] }
  }

  /// Writes h_0(z), ..., h_degree(z).
  @inline(__always)
  static func write(at z: Double, degree: Int, into values: UnsafeMutablePointer<Double>) {
    values[0] = 1
    guard degree > 0 else { return }
    values[1] = z
    for k in 1..<max(degree, 1) {
      values[k + 1] =
        (z * values[k] - Double(k).squareRoot() * values[k - 1]) / Double(k + 1).squareRoot()
    }
  }
}
