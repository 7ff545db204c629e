import OrnsteinNumerics

/// The uniforms of one row, one after the other: an endless stream that belongs to the row alone, so
/// what a row does with it never touches another row.
struct UniformCursor {
  /// Uniforms drawn at once.
  static let pageSize = 64
  /// The largest row that has a stream.
  static let maximumRow = Int(Int64.max) / pageSize

  private let key: NoiseKey
  private let purpose: NoisePurpose
  private let row: Int
  private let page: UnsafeMutableBufferPointer<Double>
  private var pages = 0
  private var index = pageSize

  /// - Parameter page: Scratch of ``pageSize`` numbers.
  init(
    key: NoiseKey, purpose: NoisePurpose, row: Int, page: UnsafeMutableBufferPointer<Double>
  ) {
    self.key = key
    self.purpose = purpose
    self.row = row
    self.page = page
  }

  /// The next number of (0, 1).
  mutating func next() -> Double {
    if index == Self.pageSize {
      DoubleKernels.uniforms(
        into: page, stream: key.stream(purpose, step: pages),
        first: UInt64(row) * UInt64(Self.pageSize))
      pages += 1
      index = 0
    }
    defer { index += 1 }
    return page[index]
  }

  /// An index drawn by weights of a given sum.
  mutating func index(in weights: UnsafeMutableBufferPointer<Double>, sum: Double) -> Int {
    var rest = next() * sum
    var last = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      rest -= weight
      if rest < 0 { return index }
      last = index
    }
    return last
  }
}
