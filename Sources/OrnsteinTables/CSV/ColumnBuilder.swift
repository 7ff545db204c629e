/// Collects the cells of one column while a CSV file is read.
final class ColumnBuilder {
  let name: String
  /// Whether the column is known to hold a cell that is no number.
  let isText: Bool
  /// A numeric column met a cell that is no number: it has to be read again as text.
  private(set) var metText = false
  private(set) var count = 0
  private var numbers: [Double] = []
  private var missing: [Int] = []
  private var codes: [Int32] = []
  private var values: [String] = []
  private var index: [String: Int32] = [:]
  private var mostDecimals = 0
  private var fewestDecimals = Int.max
  private var hasExponent = false
  private var firstInfinite: (row: Int, text: String)?

  init(name: String, isText: Bool, capacity: Int) {
    self.name = name
    self.isText = isText
    if isText { codes.reserveCapacity(capacity) } else { numbers.reserveCapacity(capacity) }
  }

  @inline(__always)
  func append(_ number: ScannedNumber) {
    numbers.append(number.value)
    count += 1
    if number.decimals > mostDecimals { mostDecimals = number.decimals }
    if number.decimals < fewestDecimals { fewestDecimals = number.decimals }
    if number.hasExponent { hasExponent = true }
  }

  func appendInfinite(_ text: String) {
    if firstInfinite == nil { firstInfinite = (count + 1, text) }
    numbers.append(0)
    count += 1
  }

  func appendMissing() {
    if isText { codes.append(-1) } else { numbers.append(0) }
    missing.append(count)
    count += 1
  }

  func appendNotNumber() {
    metText = true
    numbers.append(0)
    count += 1
  }

  func append(_ text: String) {
    count += 1
    if let code = index[text] {
      codes.append(code)
      return
    }
    let code = Int32(values.count)
    index[text] = code
    values.append(text)
    codes.append(code)
  }

  func column(of file: String) throws(TableError) -> Column {
    if isText { return Column(name: name, codes: codes, values: values) }
    if let (row, text) = firstInfinite {
      throw .notFinite(file: file, row: row, column: name, text: text)
    }
    var flags: [Bool] = []
    if !missing.isEmpty {
      flags = Array(repeating: false, count: count)
      for row in missing { flags[row] = true }
    }
    let decimals = hasExponent || fewestDecimals == .max ? nil : mostDecimals
    return Column(
      name: name, numbers: numbers, missing: flags,
      print: Column.Print(
        decimals: decimals,
        keepsTrailingZeros: decimals.map { $0 > 0 && fewestDecimals == $0 } ?? false))
  }
}
