/// What a column holds, and how it becomes coordinates.
public struct ColumnSchema: Sendable, Equatable {
  /// The kinds of columns.
  public enum Kind: Sendable, Equatable {
    /// Real numbers.
    case continuous(NumberRange)
    /// Whole numbers.
    case integer(NumberRange)
    /// One of some texts, without order.
    case categorical([Category])
    /// One of two texts (or 0 and 1), the second counting as true.
    case boolean([Category])
    /// A number that returns to itself after a period, as 360 degrees.
    case angle(AngleRange)
    /// No cell holds anything.
    case empty
  }

  /// The name of the column.
  public var name: String
  /// What it holds.
  public var kind: Kind
  /// The number of missing cells among the rows of the schema.
  public var missing: Int

  /// A column by its parts.
  public init(name: String, kind: Kind, missing: Int = 0) {
    self.name = name
    self.kind = kind
    self.missing = missing
  }

  /// The name of the kind in a schema file.
  public var kindName: ColumnKindName {
    switch kind {
    case .continuous: .continuous
    case .integer: .integer
    case .categorical: .categorical
    case .boolean: .boolean
    case .angle: .angle
    case .empty: .empty
    }
  }

  /// Whether all cells that are not missing are equal.
  public var isConstant: Bool {
    switch kind {
    case .continuous(let range), .integer(let range): range.minimum == range.maximum
    case .categorical(let categories), .boolean(let categories): categories.count == 1
    case .angle: false
    case .empty: true
    }
  }

  /// The number that every cell of a numeric column holds, or `nil` if they vary.
  package var constant: Double? {
    switch kind {
    case .continuous(let range), .integer(let range): isConstant ? range.minimum : nil
    case .categorical, .boolean, .angle, .empty: nil
    }
  }

  /// Whether every number, of whatever bounds and printing, has a coordinate of its own.
  package var takesAnyNumber: Bool {
    guard case .continuous(let range) = kind, !isConstant else { return false }
    return range.transform.name != .levels
  }

  /// The number of coordinates: 1 a number, boolean; 2 an angle; 1 a category; 1 more where cells
  /// are missing; 0 where nothing varies.
  public var dimension: Int {
    let marker = missing > 0 ? 1 : 0
    switch kind {
    case .continuous, .integer, .boolean: return (isConstant ? 0 : 1) + marker
    case .angle: return 2 + marker
    case .categorical(let categories):
      let vertices = categories.count + marker
      return vertices > 1 ? vertices : 0
    case .empty: return 0
    }
  }
}

/// The kinds of columns by their names in a schema file.
public enum ColumnKindName: String, Codable, Sendable, CaseIterable {
  /// Real numbers.
  case continuous
  /// Whole numbers.
  case integer
  /// One of some texts.
  case categorical
  /// One of two texts.
  case boolean
  /// A number with a period.
  case angle
  /// No cell holds anything.
  case empty
  /// Only in a schema given by the user: the column is left out.
  case ignored
}

/// The values of a numeric column.
public struct NumberRange: Sendable, Equatable {
  /// The least value; samples are never below.
  public var minimum: Double
  /// The largest value; samples are never above.
  public var maximum: Double
  /// The mean of the cells that are not missing.
  public var mean: Double
  /// Their standard deviation.
  public var standardDeviation: Double
  /// How the numbers are printed.
  public var print: Column.Print
  /// The map to a coordinate.
  public var transform: MarginalTransform

  /// A range by its parts.
  public init(
    minimum: Double, maximum: Double, mean: Double, standardDeviation: Double,
    print: Column.Print, transform: MarginalTransform
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.print = print
    self.transform = transform
  }
}

/// One value of a categorical or boolean column.
public struct Category: Sendable, Equatable, Codable {
  /// The text of the cell.
  public var value: String
  /// How often it occurred; the share of a category is its count over the sum of counts.
  public var count: Int

  /// A value and its count.
  public init(value: String, count: Int) {
    self.value = value
    self.count = count
  }

  private enum Key: String, CodingKey {
    case value, count
  }

  /// Reads a value of a schema file; a count left out is 0.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    value = try values.decode(String.self, forKey: .value)
    count = try values.decodeIfPresent(Int.self, forKey: .count) ?? 0
  }

  /// Writes a value of a schema file.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(value, forKey: .value)
    try values.encode(count, forKey: .count)
  }
}

/// The values of a periodic column.
public struct AngleRange: Sendable, Equatable {
  /// What has to be added to come back to the same angle.
  public var period: Double
  /// Samples lie in `lowest ..< lowest + period`.
  public var lowest: Double
  /// How the numbers are printed.
  public var print: Column.Print

  /// A range by its parts.
  public init(period: Double, lowest: Double, print: Column.Print) {
    self.period = period
    self.lowest = lowest
    self.print = print
  }
}
