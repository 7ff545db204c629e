import OrnsteinNumerics

/// Writes samples to a CSV or NPY file, by the extension of its name, as they are drawn.
///
/// In an NPY file a category is its index in the schema and a missing cell NaN, as NumPy has no
/// other way to say so. Not thread-safe.
public final class TableWriter {
  private enum Output {
    case csv(CSVWriter)
    case npy(NPYWriter)
  }

  private let output: Output
  private let decoder: TableDecoder?
  /// For each column, how many cells so far were beyond the bounds of the schema.
  public private(set) var clipped: [Int]

  /// Opens a file for rows of a schema.
  ///
  /// - Parameters:
  ///   - path: A name that ends in `.csv` or `.npy`, or `-` for CSV on standard output.
  ///   - schema: What the points are decoded by.
  ///   - held: Numbers by the name of their column, which stand in every row as they are.
  ///   - threads: How many threads format rows.
  public init(
    path: String, schema: Schema, holding held: [String: Double] = [:], threads: Int = 1
  ) throws(TableError) {
    let decoder = TableDecoder(schema, holding: held)
    self.decoder = decoder
    clipped = Array(repeating: 0, count: schema.columns.count)
    output = try Self.open(
      path, names: schema.columns.map(\.name), element: .double, threads: threads)
  }

  /// Opens a file for points that are written as they are.
  ///
  /// - Parameters:
  ///   - path: A name that ends in `.csv` or `.npy`, or `-` for CSV on standard output.
  ///   - names: The names of the coordinates.
  ///   - element: The element type in an NPY file.
  ///   - threads: How many threads format rows.
  public init(
    path: String, names: [String], element: NPYWriter.Element = .float, threads: Int = 1
  ) throws(TableError) {
    decoder = nil
    clipped = []
    output = try Self.open(path, names: names, element: element, threads: threads)
  }

  private static func open(
    _ path: String, names: [String], element: NPYWriter.Element, threads: Int
  ) throws(TableError) -> Output {
    let lowercased = path.lowercased()
    do throws(FileError) {
      if lowercased.hasSuffix(".npy") {
        return .npy(try NPYWriter(path: path, rowShape: [names.count], element: element))
      }
      guard path == "-" || lowercased.hasSuffix(".csv") || path.hasPrefix("/dev/") else {
        throw FileError(path: path, action: .create, code: 0)
      }
      return .csv(try CSVWriter(path: path, columns: names, threads: threads))
    } catch {
      throw error.code == 0 ? .unknownFormat(path: path) : .file(error)
    }
  }

  /// Writes encoded points, decoded if the file has a schema.
  public func write(_ points: Batch<Float>) throws(TableError) {
    guard let decoder else { return try writePlain(points) }
    switch output {
    case .csv(let writer):
      let counts = try writer.write(points, decodedBy: decoder)
      for index in counts.indices { clipped[index] += counts[index] }
    case .npy(let writer): try write(points, decoder, writer)
    }
  }

  /// Writes points of double precision as they are; for files without a schema.
  public func write(_ points: Batch<Double>) throws(TableError) {
    precondition(decoder == nil, "Encoded points are of single precision.")
    try writePlain(points)
  }

  /// Makes the file appear.
  public func finish() throws(TableError) {
    do throws(FileError) {
      switch output {
      case .csv(let writer): try writer.finish()
      case .npy(let writer): try writer.finish()
      }
    } catch {
      throw .file(error)
    }
  }

  private func writePlain<Scalar: BatchScalar>(_ points: Batch<Scalar>) throws(TableError) {
    do throws(FileError) {
      switch output {
      case .csv(let writer): try writer.write(points)
      case .npy(let writer): try writer.write(points)
      }
    } catch {
      throw .file(error)
    }
  }

  private func write(
    _ points: Batch<Float>, _ decoder: TableDecoder, _ writer: NPYWriter
  ) throws(TableError) {
    try decoder.check(points)
    let columns = decoder.columns.count
    var cells = Array(repeating: 0.0, count: points.count)
    var rows = Array(repeating: 0.0, count: points.count * columns)
    for (index, column) in decoder.columns.enumerated() {
      cells.withUnsafeMutableBufferPointer { cells in
        points.withUnsafeBufferPointer { elements in
          clipped[index] += column.decode(
            elements, decoder.dimension, rows: 0..<points.count, into: cells)
        }
      }
      for row in cells.indices { rows[row * columns + index] = cells[row] }
    }
    do throws(FileError) {
      try Batch(rows, dimension: columns).withUnsafeElements { (elements) throws(FileError) in
        try writer.write(elements)
      }
    } catch {
      throw .file(error)
    }
  }
}
