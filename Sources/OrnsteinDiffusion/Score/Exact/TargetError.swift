/// Why numbers do not make a target.
public struct TargetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where in the description, as `factors[1].radius`; empty for the whole.
  public var path: String
  /// A sentence that says what is wrong and what to do.
  public var reason: String

  /// An error at a place.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The place and the sentence.
  public var description: String { path.isEmpty ? reason : "In \(path): \(reason)" }

  /// The same error in a part of a larger description.
  public func inside(_ part: String) -> TargetError {
    var path = path.isEmpty || path.hasPrefix("[") ? part + path : part + "." + path
    if part.isEmpty { path = self.path }
    return TargetError(path: path, reason: reason)
  }

  /// Lengths beyond these have squares that are no normal numbers.
  private static let lengths = 1e-100...1e100
  /// A covariance of this dimension still fits into memory.
  private static let largestDimension = 10_000

  static func check(length: Double, key: String) throws(TargetError) {
    guard lengths.contains(length) else {
      throw TargetError(
        path: key,
        reason: "The number is \(length) and must lie between \(lengths.lowerBound) and "
          + "\(lengths.upperBound).")
    }
  }

  static func check(dimension: Int) throws(TargetError) {
    guard dimension >= 1, dimension <= largestDimension else {
      throw TargetError(
        path: "dimension",
        reason: "The dimension is \(dimension) and must lie between 1 and \(largestDimension).")
    }
  }

  static func check(_ numbers: [Double], count: Int, key: String) throws(TargetError) {
    guard numbers.count == count else {
      throw TargetError(
        path: key,
        reason: "\(numbers.count) numbers are given where \(count) are needed.")
    }
    if let index = numbers.firstIndex(where: { !$0.isFinite }) {
      throw TargetError(
        path: "\(key)[\(index)]", reason: "The number is \(numbers[index]) and must be finite.")
    }
  }

  static func check(
    matrix: [[Double]], rows: Int, columns: Int, key: String
  ) throws(TargetError) {
    guard matrix.count == rows else {
      throw TargetError(
        path: key, reason: "\(matrix.count) rows are given where \(rows) are needed.")
    }
    for (index, row) in matrix.enumerated() {
      try check(row, count: columns, key: "\(key)[\(index)]")
    }
  }
}
