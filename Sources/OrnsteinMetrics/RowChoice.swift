import OrnsteinNumerics

/// Random choices of rows, a pure function of a key.
public enum RowChoice {
  /// Different rows, all equally likely, in increasing order; all rows if there are no more.
  ///
  /// Floyd's algorithm (Bentley, Floyd, CACM 30, 1987): as many random numbers as chosen rows.
  ///
  /// - Parameters:
  ///   - count: How many to choose.
  ///   - rows: How many there are.
  ///   - stream: The randomness.
  public static func choose(_ count: Int, of rows: Int, stream: NoiseStream) -> [Int] {
    guard count < rows else { return Array(0..<rows) }
    let uniforms = uniforms(count, stream)
    var chosen: Set<Int> = []
    for (index, bound) in ((rows - count)..<rows).enumerated() {
      let candidate = min(Int(uniforms[index] * Double(bound + 1)), bound)
      if !chosen.insert(candidate).inserted { chosen.insert(bound) }
    }
    return chosen.sorted()
  }

  /// All rows in a random order, all orders equally likely (Fisher, Yates).
  public static func permutation(of rows: Int, stream: NoiseStream) -> [Int] {
    let uniforms = uniforms(rows, stream)
    var order = Array(0..<rows)
    for index in stride(from: rows - 1, to: 0, by: -1) {
      order.swapAt(index, min(Int(uniforms[index] * Double(index + 1)), index))
    }
    return order
  }

  private static func uniforms(_ count: Int, _ stream: NoiseStream) -> [Double] {
    var uniforms = Array(repeating: 0.5, count: count)
    uniforms.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(into: $0, stream: stream, first: 0)
    }
    return uniforms
  }
}

extension Batch {
  /// A copy of some points, in the order given.
  public func selecting(rows: [Int]) -> Batch {
    Batch(unsafeUninitializedCount: rows.count, dimension: dimension) { output in
      withUnsafeBufferPointer { elements in
        for (place, row) in rows.enumerated() {
          precondition(row >= 0 && row < count, "Row \(row) is outside a batch of \(count) points.")
          let source = UnsafeBufferPointer(
            rebasing: elements[(row * dimension)..<((row + 1) * dimension)])
          _ = UnsafeMutableBufferPointer(
            rebasing: output[(place * dimension)..<((place + 1) * dimension)]
          ).update(fromContentsOf: source)
        }
      }
    }
  }
}
