/// The cells of any column as indices into its different texts, in sorted order.
///
/// Texts are sorted by their bytes and numbers by size, so that the categories of a column do not
/// depend on the order of its rows.
struct CategoryCodes {
  /// The different texts.
  let values: [String]
  /// One index a row, -1 where the cell is missing.
  let codes: [Int32]
  /// How often each occurs.
  let counts: [Int]

  init(_ column: Column) {
    var raw: [Int32] = []
    var texts: [String] = []
    var order: [Int] = []
    switch column.cells {
    case .text(let codes, let values):
      raw = codes
      texts = values
      order = values.indices.sorted { values[$0].utf8.lexicographicallyPrecedes(values[$1].utf8) }
    case .numbers(let numbers):
      let format = NumberFormat(column.print)
      var index: [Double: Int32] = [:]
      var distinct: [Double] = []
      raw = numbers.indices.map { row in
        if column.isMissing(row) { return -1 }
        if let code = index[numbers[row]] { return code }
        index[numbers[row]] = Int32(distinct.count)
        distinct.append(numbers[row])
        return Int32(distinct.count - 1)
      }
      texts = distinct.map(format.text(of:))
      order = distinct.indices.sorted { distinct[$0] < distinct[$1] }
    }
    let isUsed = Self.used(raw, texts.count)
    order.removeAll { !isUsed[$0] }
    var rank = Array(repeating: Int32(-1), count: texts.count)
    for (place, index) in order.enumerated() { rank[index] = Int32(place) }
    codes = raw.map { $0 < 0 ? -1 : rank[Int($0)] }
    values = order.map { texts[$0] }
    var counts = Array(repeating: 0, count: values.count)
    for code in codes where code >= 0 { counts[Int(code)] += 1 }
    self.counts = counts
  }

  /// Which values some row has: a part of a table still lists the values of the whole.
  private static func used(_ codes: [Int32], _ count: Int) -> [Bool] {
    var used = Array(repeating: false, count: count)
    for code in codes where code >= 0 { used[Int(code)] = true }
    return used
  }

  func firstRow(of index: Int) -> Int { codes.firstIndex(of: Int32(index)) ?? 0 }
}

/// Finds categories by their text, or as numbers: "1.0" is the category "1".
struct CategoryLookup {
  private var byText: [String: Int] = [:]
  private var byNumber: [Double: Int] = [:]

  init(_ categories: [String]) {
    for (index, category) in categories.enumerated() {
      byText[category] = index
      if let number = Double(category), byNumber[number] == nil { byNumber[number] = index }
    }
  }

  subscript(text: String) -> Int? {
    byText[text] ?? Double(text).flatMap { byNumber[$0] }
  }
}
