/// Points of R^d: `count` rows of `dimension` coordinates, row-major and contiguous, on a 64-byte
/// boundary.
///
/// A value type: copies share storage until one of them is written to.
public struct Batch<Scalar: BatchScalar>: @unchecked Sendable {
  /// The number of points.
  public let count: Int
  /// The number of coordinates of each point.
  public let dimension: Int
  @usableFromInline var storage: AlignedStorage<Scalar>

  /// Points at the origin.
  ///
  /// - Parameters:
  ///   - count: The number of points, 0 or more.
  ///   - dimension: The number of coordinates, 1 or more.
  public init(count: Int, dimension: Int) {
    self.init(unsafeUninitializedCount: count, dimension: dimension) { $0.update(repeating: 0) }
  }

  /// Points whose memory `initialize` fills.
  ///
  /// - Parameters:
  ///   - count: The number of points, 0 or more.
  ///   - dimension: The number of coordinates, 1 or more.
  ///   - initialize: Must write every one of the `count * dimension` elements.
  public init(
    unsafeUninitializedCount count: Int, dimension: Int,
    initializingWith initialize: (UnsafeMutableBufferPointer<Scalar>) throws -> Void
  ) rethrows {
    precondition(count >= 0, "A batch cannot hold \(count) points.")
    precondition(dimension >= 1, "A batch cannot have dimension \(dimension).")
    self.count = count
    self.dimension = dimension
    storage = AlignedStorage(count: count * dimension)
    try initialize(UnsafeMutableBufferPointer(start: storage.base, count: count * dimension))
  }

  /// Points from their coordinates, one point after the other.
  ///
  /// - Parameters:
  ///   - elements: `count * dimension` coordinates, row-major.
  ///   - dimension: The number of coordinates of a point; must divide `elements.count`.
  public init(_ elements: some Collection<Scalar>, dimension: Int) {
    precondition(
      dimension >= 1 && elements.count.isMultiple(of: dimension),
      "\(elements.count) elements do not make points of dimension \(dimension).")
    self.init(unsafeUninitializedCount: elements.count / dimension, dimension: dimension) {
      _ = $0.update(fromContentsOf: elements)
    }
  }

  /// Points given row by row.
  ///
  /// - Parameter rows: At least one row, all of one length.
  public init(rows: [[Scalar]]) {
    precondition(!rows.isEmpty, "A batch made of rows needs at least one.")
    let dimension = rows[0].count
    for (index, row) in rows.enumerated() {
      precondition(
        row.count == dimension, "Row \(index) has \(row.count) coordinates, row 0 has \(dimension)."
      )
    }
    self.init(rows.flatMap(\.self), dimension: dimension)
  }

  /// One coordinate of one point.
  @inlinable
  public subscript(row: Int, coordinate: Int) -> Scalar {
    get {
      checkIndex(row, coordinate)
      return storage.base[row * dimension + coordinate]
    }
    set {
      checkIndex(row, coordinate)
      makeUnique()
      storage.base[row * dimension + coordinate] = newValue
    }
  }

  @inlinable
  func checkIndex(_ row: Int, _ coordinate: Int) {
    precondition(
      row >= 0 && row < count && coordinate >= 0 && coordinate < dimension,
      "Index (\(row), \(coordinate)) is outside a batch of \(count) points of dimension \(dimension)."
    )
  }

  /// The coordinates of one point.
  public func point(_ row: Int) -> [Scalar] {
    precondition(row >= 0 && row < count, "Row \(row) is outside a batch of \(count) points.")
    return Array(
      UnsafeBufferPointer(start: storage.base + row * dimension, count: dimension))
  }

  /// A copy of some consecutive points.
  public subscript(rows: Range<Int>) -> Batch {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= count,
      "Rows \(rows) are outside a batch of \(count) points.")
    return Batch(unsafeUninitializedCount: rows.count, dimension: dimension) {
      _ = $0.update(
        fromContentsOf: UnsafeBufferPointer(
          start: storage.base + rows.lowerBound * dimension, count: rows.count * dimension))
    }
  }

  /// All coordinates, point after point.
  public var elements: [Scalar] { withUnsafeBufferPointer(Array.init) }

  /// The same points in another precision.
  public func converted<Other: BatchScalar>(to _: Other.Type) -> Batch<Other> {
    Batch<Other>(unsafeUninitializedCount: count, dimension: dimension) { output in
      for index in output.indices { output[index] = Other(storage.base[index]) }
    }
  }

  /// Reads the coordinates in place.
  @inlinable
  public func withSpan<R>(_ body: (Span<Scalar>) throws -> R) rethrows -> R {
    try withUnsafeBufferPointer { try body(Span(_unsafeElements: $0)) }
  }

  /// Writes the coordinates in place.
  @inlinable
  public mutating func withMutableSpan<R>(
    _ body: (inout MutableSpan<Scalar>) throws -> R
  ) rethrows -> R {
    try withUnsafeMutableBufferPointer { buffer in
      var span = MutableSpan(_unsafeElements: buffer)
      return try body(&span)
    }
  }

  /// Reads the coordinates through a pointer, 64-byte aligned, valid during the call.
  @inlinable
  public func withUnsafeBufferPointer<R>(
    _ body: (UnsafeBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.base, count: count * dimension))
    }
  }

  /// Writes the coordinates through a pointer, 64-byte aligned, valid during the call.
  @inlinable
  public mutating func withUnsafeMutableBufferPointer<R>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    makeUnique()
    return try withExtendedLifetime(storage) {
      try body(UnsafeMutableBufferPointer(start: storage.base, count: count * dimension))
    }
  }

  @inlinable
  mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = AlignedStorage<Scalar>(count: count * dimension)
    copy.base.update(from: storage.base, count: count * dimension)
    storage = copy
  }
}

extension Batch: Equatable {
  /// Whether two batches have one shape and equal coordinates (so NaN differs from itself).
  public static func == (left: Batch, right: Batch) -> Bool {
    left.count == right.count && left.dimension == right.dimension
      && left.withUnsafeBufferPointer { a in
        right.withUnsafeBufferPointer { b in a.elementsEqual(b) }
      }
  }
}
