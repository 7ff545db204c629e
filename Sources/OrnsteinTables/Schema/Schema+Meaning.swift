/// What a coordinate of an encoded row stands for.
public struct CoordinateMeaning: Sendable, Hashable, Codable {
  /// The name of the column.
  public var column: String
  /// How the coordinate comes from a cell of the column, in words.
  public var meaning: String

  /// A meaning by its parts.
  public init(column: String, meaning: String) {
    self.column = column
    self.meaning = meaning
  }
}

extension Schema {
  /// What each coordinate of an encoded row stands for, in their order.
  public var coordinateMeanings: [CoordinateMeaning] {
    columns.flatMap { column in
      column.meanings(rows: rows).map { CoordinateMeaning(column: column.name, meaning: $0) }
    }
  }
}

extension ColumnSchema {
  /// The shift and scale of a coordinate that is the value shifted and scaled.
  ///
  /// value = center + scale times coordinate. `nil` for anything but a real number, or where cells are
  /// missing.
  package var line: (center: Double, scale: Double)? {
    guard case .continuous(let range) = kind, missing == 0, !isConstant,
      case .linear(let center, let scale) = range.transform
    else { return nil }
    return (center, scale)
  }

  fileprivate func meanings(rows: Int) -> [String] {
    guard dimension > 0 else { return [] }
    var meanings: [String] = []
    switch kind {
    case .continuous(let range), .integer(let range):
      if !isConstant { meanings = [range.meaning(isWhole: kindName == .integer)] }
    case .angle(let range):
      meanings = ["cosine", "sine"].map {
        "sqrt(2) times the \($0) of 2 pi value / \(range.period)"
      }
    case .boolean(let categories):
      if categories.count == 2 {
        let share = CodeGeometry.shares(of: categories, missing: 0)[1]
        meanings = ["2 (b - \(share)), b = 1 for \"\(categories[1].value)\", else 0"]
      }
    case .categorical(let categories):
      let shares = CodeGeometry.shares(of: categories, missing: missing)
      let values = categories.map { "\"\($0.value)\"" } + (missing > 0 ? ["a missing cell"] : [])
      return zip(values, shares).map { "sqrt(2) (b - \($1)), b = 1 for \($0), else 0" }
    case .empty: return []
    }
    if missing > 0 {
      let share = CodeGeometry.missingShare(missing, rows: rows)
      meanings.append("2 (b - \(share)), b = 1 for a missing cell, else 0")
    }
    return meanings
  }
}

extension NumberRange {
  fileprivate func meaning(isWhole: Bool) -> String {
    switch transform {
    case .linear(let center, let scale):
      let value = isWhole ? "value, spread evenly over ± 0.5," : "value"
      return "(\(value) - \(center)) / \(scale)"
    case .quantile:
      return "normal score of the value by the quantiles of the column"
    case .levels(let values, _, _):
      return "normal score of the value among the \(values.count) levels of the column"
    }
  }
}
