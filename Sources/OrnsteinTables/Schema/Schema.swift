#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a table holds: typed columns with their bounds, printing, categories and missing cells, and
/// how rows become points and points become rows.
///
/// Made from a table (`Schema(of:following:)`), written as JSON beside a model, and editable there:
/// bounds, categories, printing and transforms mean what they say when the file is read again.
public struct Schema: Sendable, Equatable, Codable {
  /// The version of the file format that this library writes.
  public static let currentVersion = 1

  /// The version of the file format.
  public var version: Int
  /// The number of rows that the schema was made from.
  public var rows: Int
  /// The columns, in the order in which samples are written.
  public var columns: [ColumnSchema]

  /// A schema by its parts.
  ///
  /// - Throws: `TableError.schema` if it contradicts itself.
  public init(rows: Int, columns: [ColumnSchema]) throws(TableError) {
    try self.init(rows: rows, columns: columns, source: "")
  }

  /// A schema by its parts, with the name of what they come from, for messages.
  init(rows: Int, columns: [ColumnSchema], source: String) throws(TableError) {
    version = Self.currentVersion
    self.rows = rows
    self.columns = columns
    try validate(source: source)
  }

  /// Reads a schema from JSON.
  ///
  /// - Parameters:
  ///   - json: The text.
  ///   - source: Where it comes from, for messages.
  public init(json: some Sequence<UInt8>, source: String = "") throws(TableError) {
    let bytes = Data(json)
    do {
      if let version = try JSONDecoder().decode(Versioned.self, from: bytes).version,
        version > Self.currentVersion
      {
        throw TableError.schema(
          file: source,
          reason: "the schema has version \(version), this program knows \(Self.currentVersion); "
            + "update the program.")
      }
      self = try JSONDecoder().decode(Schema.self, from: bytes)
    } catch let error as TableError {
      throw error
    } catch {
      throw .schema(file: source, reason: "not a schema: \(decodingReason(error)).")
    }
    try validate(source: source)
  }

  /// The schema as JSON text, indented, with sorted keys.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }

  /// The number of coordinates of an encoded row.
  public var dimension: Int { columns.reduce(0) { $0 + $1.dimension } }

  /// The coordinates of each column in an encoded row.
  public var coordinateRanges: [Range<Int>] {
    var start = 0
    return columns.map { column in
      defer { start += column.dimension }
      return start..<(start + column.dimension)
    }
  }

  /// Checks that the schema makes sense, as after editing.
  func validate(source: String) throws(TableError) {
    guard !columns.isEmpty else {
      throw .schema(file: source, reason: "the schema has no columns.")
    }
    var names: Set<String> = []
    for column in columns {
      guard !column.name.isEmpty, names.insert(column.name).inserted else {
        throw .schema(
          file: source, reason: "the column name \"\(column.name)\" is empty or appears twice.")
      }
      if let reason = column.contradiction {
        throw .schema(file: source, reason: "column \"\(column.name)\": \(reason).")
      }
    }
  }
}

/// The part of a schema file that older programs must understand.
private struct Versioned: Decodable { var version: Int? }

extension ColumnSchema {
  /// Why the column makes no sense, or `nil`.
  fileprivate var contradiction: String? {
    if missing < 0 { return "\"missing\" is negative" }
    switch kind {
    case .continuous(let range), .integer(let range): return range.contradiction
    case .categorical(let categories):
      return Self.contradiction(of: categories, allowed: 1...Int(Int32.max))
    case .boolean(let categories): return Self.contradiction(of: categories, allowed: 1...2)
    case .angle(let range):
      if !(range.period > 0 && range.period.isFinite) { return "the period must be above 0" }
      return range.lowest.isFinite ? range.print.contradiction : "the minimum is not finite"
    case .empty: return nil
    }
  }

  private static func contradiction(
    of categories: [Category], allowed: ClosedRange<Int>
  ) -> String? {
    guard allowed.contains(categories.count) else {
      return "\(categories.count) categories do not fit its kind"
    }
    guard Set(categories.map(\.value)).count == categories.count else {
      return "a category appears twice"
    }
    guard categories.allSatisfy({ !$0.value.isEmpty && $0.count >= 0 }) else {
      return "a category is empty or has a negative count"
    }
    return categories.contains { $0.count > 0 } ? nil : "all category counts are 0"
  }
}

extension NumberRange {
  fileprivate var contradiction: String? {
    guard minimum.isFinite, maximum.isFinite, minimum <= maximum else {
      return "\"minimum\" is above \"maximum\", or one is not finite"
    }
    guard mean.isFinite, standardDeviation.isFinite, standardDeviation >= 0 else {
      return "the mean or standard deviation is not a number"
    }
    return print.contradiction ?? transform.contradiction
  }
}

extension Column.Print {
  var contradiction: String? {
    guard let decimals else { return nil }
    return (0...15).contains(decimals) ? nil : "\"decimals\" must be 0 to 15"
  }
}

extension MarginalTransform {
  fileprivate var contradiction: String? {
    switch self {
    case .linear(let center, let scale):
      return center.isFinite && scale.isFinite && scale > 0
        ? nil : "a linear transform needs a finite center and a scale above 0"
    case .quantile(let scores, let values):
      let fits = scores.count == values.count && scores.count >= 2
      let isFinite = scores.allSatisfy(\.isFinite) && values.allSatisfy(\.isFinite)
      let increases =
        zip(scores, scores.dropFirst()).allSatisfy(<)
        && zip(values, values.dropFirst()).allSatisfy(<=) && values.first != values.last
      return fits && isFinite && increases
        ? nil : "a quantile transform needs increasing scores with as many increasing values"
    case .levels(let values, let counts, let spread):
      let fits = values.count == counts.count && !values.isEmpty
      let isValid =
        values.allSatisfy(\.isFinite) && counts.allSatisfy { $0 >= 0 }
        && counts.contains { $0 > 0 } && zip(values, values.dropFirst()).allSatisfy(<)
      return fits && isValid && spread >= 0 && spread < 1
        ? nil : "a levels transform needs increasing values with counts, and a spread in [0, 1)"
    }
  }
}
