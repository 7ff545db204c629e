extension Table {
  /// Reads a table from the bytes of a NumPy array file.
  ///
  /// One or two dimensions; `float32`, `float64`, integers of 1 to 8 bytes or `bool`, of either byte
  /// order, in C or Fortran order. The columns are named `x0`, `x1`, …; a NaN is a missing cell,
  /// infinity an error.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  public init(npy bytes: [UInt8], source: String = "") throws(TableError) {
    let (header, start) = try NPYHeader.parse(bytes, file: source)
    let (rows, columns) = try Self.shape(of: header, file: source)
    let (elements, overflow) = rows.multipliedReportingOverflow(by: columns)
    let (size, tooLarge) = elements.multipliedReportingOverflow(by: header.width)
    guard !overflow, !tooLarge, bytes.count - start >= size else {
      throw .array(
        file: source,
        reason: "the file is cut off: an array of \(rows) by \(columns) elements of "
          + "\(header.width) bytes does not fit in the \(bytes.count - start) bytes after the header."
      )
    }
    guard bytes.count - start == size else {
      throw .array(
        file: source,
        reason: "\(bytes.count - start - size) bytes follow the array; only plain arrays are read.")
    }
    var result: [Column] = []
    for column in 0..<columns {
      let numbers = [Double](unsafeUninitializedCapacity: rows) { buffer, count in
        bytes.withUnsafeBytes { raw in
          let base = UnsafeRawBufferPointer(rebasing: raw[start...])
          let stride = header.isColumnMajor ? 1 : columns
          let first = header.isColumnMajor ? column * rows : column
          header.copy(from: base, first: first, stride: stride, into: buffer, count: rows)
        }
        count = rows
      }
      if let row = numbers.firstIndex(where: \.isInfinite) {
        throw .notFinite(
          file: source, row: row + 1, column: "x\(column)", text: numbers[row].description)
      }
      let missing = numbers.contains(where: \.isNaN) ? numbers.map(\.isNaN) : []
      result.append(
        Column(
          name: "x\(column)",
          numbers: missing.isEmpty ? numbers : numbers.map { $0.isNaN ? 0 : $0 },
          missing: missing,
          print: Column.Print(decimals: header.kind == .float ? nil : 0)))
    }
    try self.init(columns: result, source: source)
  }

  private static func shape(
    of header: NPYHeader, file: String
  ) throws(TableError) -> (rows: Int, columns: Int) {
    let shape = header.shape
    guard shape.count == 1 || shape.count == 2 else {
      throw .array(
        file: file,
        reason: "the array has \(shape.count) dimensions; a table has two. "
          + "Reshape it, as with a.reshape(len(a), -1).")
    }
    let (rows, columns) = (shape[0], shape.count == 2 ? shape[1] : 1)
    guard rows > 0, columns > 0 else { throw .empty(file: file) }
    return (rows, columns)
  }
}

extension NPYHeader {
  /// Copies every `stride`-th element as a double.
  fileprivate func copy(
    from bytes: UnsafeRawBufferPointer, first: Int, stride: Int,
    into output: UnsafeMutableBufferPointer<Double>, count: Int
  ) {
    func integers<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
      for row in 0..<count {
        let raw = bytes.loadUnaligned(
          fromByteOffset: (first + row * stride) * width, as: Element.self)
        output.initializeElement(
          at: row, to: Double(isBigEndian ? Element(bigEndian: raw) : Element(littleEndian: raw)))
      }
    }
    func floats<Bits: FixedWidthInteger & BitwiseCopyable>(
      _: Bits.Type, _ number: (Bits) -> Double
    ) {
      for row in 0..<count {
        let raw = bytes.loadUnaligned(
          fromByteOffset: (first + row * stride) * width, as: Bits.self)
        output.initializeElement(
          at: row, to: number(isBigEndian ? Bits(bigEndian: raw) : Bits(littleEndian: raw)))
      }
    }
    switch (kind, width) {
    case (.float, 4): floats(UInt32.self) { Double(Float(bitPattern: $0)) }
    case (.float, _): floats(UInt64.self) { Double(bitPattern: $0) }
    case (.signed, 1): integers(Int8.self)
    case (.signed, 2): integers(Int16.self)
    case (.signed, 4): integers(Int32.self)
    case (.signed, _): integers(Int64.self)
    case (.unsigned, 2): integers(UInt16.self)
    case (.unsigned, 4): integers(UInt32.self)
    case (.unsigned, 8): integers(UInt64.self)
    case (.unsigned, _), (.boolean, _): integers(UInt8.self)
    }
  }
}
