extension Table {
  /// Reads a table from a file.
  ///
  /// - Parameter path: A file that ends in `.csv` (see `init(csv:source:)`) or `.npy` (see
  ///   `init(npy:source:)`), or `-` for standard input in either form.
  public init(contentsOf path: String) throws(TableError) {
    let lowercased = path.lowercased()
    guard path == "-" || lowercased.hasSuffix(".csv") || lowercased.hasSuffix(".npy") else {
      throw .unknownFormat(path: path)
    }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try [UInt8](contentsOfFile: path)
    } catch {
      throw .file(error)
    }
    let isArray =
      lowercased.hasSuffix(".npy") || (path == "-" && bytes.starts(with: NPYHeader.magic))
    self =
      isArray
      ? try Table(npy: bytes, source: path) : try Table(csv: bytes, source: path)
  }
}
