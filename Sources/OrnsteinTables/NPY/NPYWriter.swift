import OrnsteinNumerics

/// Writes a NumPy array of rows as they come; the file appears when finished.
///
/// Format 1.0, little-endian floats, C order. The number of rows need not be known before: the
/// header is patched at the end (standard output cannot be patched, so there it must be known). Not
/// thread-safe.
public final class NPYWriter {
  /// The type of the elements.
  public enum Element: Int, Sendable {
    /// `<f4`.
    case float = 4
    /// `<f8`.
    case double = 8
  }

  private let file: AtomicFile
  private let element: Element
  private let rowShape: [Int]
  private let rowElements: Int
  private let expectedRows: Int?
  private var elements = 0

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output.
  ///   - rowShape: The shape of a row: `[columns]` for a table, `[points, dimension]` for a
  ///     trajectory.
  ///   - element: The type of the elements.
  ///   - rowCount: The number of rows if known; needed for standard output.
  public init(
    path: String, rowShape: [Int], element: Element, rowCount: Int? = nil
  ) throws(FileError) {
    precondition(rowShape.allSatisfy { $0 >= 1 }, "Rows of shape \(rowShape) hold nothing.")
    if path == "-", rowCount == nil {
      throw FileError(path: path, action: .write, code: 29)  // ESPIPE
    }
    self.element = element
    self.rowShape = rowShape
    rowElements = rowShape.reduce(1, *)
    expectedRows = rowCount
    file = try AtomicFile(path: path)
    try file.write(NPYHeader.bytes(width: element.rawValue, shape: [rowCount ?? 0] + rowShape))
  }

  /// Writes points as rows, converting them to the element type.
  public func write<Scalar: BatchScalar>(_ batch: Batch<Scalar>) throws(FileError) {
    try batch.withUnsafeElements { (elements) throws(FileError) in try write(elements) }
  }

  /// Writes the elements of whole rows or parts of rows, converting them to the element type.
  public func write<Scalar: BatchScalar>(
    _ values: UnsafeBufferPointer<Scalar>
  ) throws(FileError) {
    elements += values.count
    switch element {
    case .float: try write(values, as: Float.self) { $0.bitPattern.littleEndian }
    case .double: try write(values, as: Double.self) { $0.bitPattern.littleEndian }
    }
  }

  /// Makes the file appear; all rows must be whole.
  public func finish() throws(FileError) {
    precondition(
      elements.isMultiple(of: rowElements), "\(elements) elements do not fill rows of \(rowShape).")
    let rows = elements / rowElements
    if let expectedRows {
      precondition(rows == expectedRows, "\(rows) rows were written, \(expectedRows) announced.")
    } else {
      try file.overwrite(
        at: 0, with: NPYHeader.bytes(width: element.rawValue, shape: [rows] + rowShape))
    }
    try file.commit()
  }

  private func write<Scalar: BatchScalar, Output: BatchScalar, Bits: FixedWidthInteger>(
    _ values: UnsafeBufferPointer<Scalar>, as _: Output.Type, _ bits: (Output) -> Bits
  ) throws(FileError) {
    let block = 1 << 15
    for first in stride(from: 0, to: values.count, by: block) {
      let range = first..<min(first + block, values.count)
      let converted = values[range].map { bits(Output($0)) }
      try converted.withUnsafeBytesThrowing { (raw) throws(FileError) in try file.write(raw) }
    }
  }
}

extension Batch {
  /// `withUnsafeBufferPointer` for bodies that throw file errors.
  func withUnsafeElements(
    _ body: (UnsafeBufferPointer<Scalar>) throws(FileError) -> Void
  ) throws(FileError) {
    let result: Result<Void, FileError> = withUnsafeBufferPointer { elements in
      do throws(FileError) { return .success(try body(elements)) } catch { return .failure(error) }
    }
    try result.get()
  }
}

extension Array {
  fileprivate func withUnsafeBytesThrowing(
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let result: Result<Void, FileError> = withUnsafeBytes { raw in
      do throws(FileError) { return .success(try body(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
