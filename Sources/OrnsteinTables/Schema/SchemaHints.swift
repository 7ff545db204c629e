#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the user says about some columns before the rest is inferred.
///
/// The form of a schema file with every key but `name` optional, so a full schema serves as well:
///
///     {"columns": [{"name": "phi", "kind": "angle", "period": 360},
///                  {"name": "age", "minimum": 0},
///                  {"name": "id", "kind": "ignored"}]}
///
/// Keys that are not known are left alone. `categories` are texts or `{"value": …}` objects,
/// `transform` a name or an object with a `kind`.
public struct SchemaHints: Sendable, Equatable {
  /// What the user says about one column.
  public struct Hint: Sendable, Equatable {
    /// The name of the column.
    public var name: String
    /// Its kind, or `nil` to infer it.
    public var kind: ColumnKindName?
    /// The period of an angle.
    public var period: Double?
    /// The least value that samples may have.
    public var minimum: Double?
    /// The largest value that samples may have.
    public var maximum: Double?
    /// The digits after the point.
    public var decimals: Int?
    /// The categories, in order.
    public var categories: [String]?
    /// The transform of a numeric column.
    public var transform: MarginalTransform.Name?

    /// A hint about a column.
    public init(
      name: String, kind: ColumnKindName? = nil, period: Double? = nil, minimum: Double? = nil,
      maximum: Double? = nil, decimals: Int? = nil, categories: [String]? = nil,
      transform: MarginalTransform.Name? = nil
    ) {
      self.name = name
      self.kind = kind
      self.period = period
      self.minimum = minimum
      self.maximum = maximum
      self.decimals = decimals
      self.categories = categories
      self.transform = transform
    }
  }

  /// One hint a column, for some of the columns.
  public var columns: [Hint]
  /// Where the hints come from, for messages.
  public var source: String

  /// Hints for some columns.
  public init(_ columns: [Hint] = [], source: String = "") {
    self.columns = columns
    self.source = source
  }

  /// Reads hints from JSON.
  public init(json: some Sequence<UInt8>, source: String = "") throws(TableError) {
    do {
      columns = try JSONDecoder().decode(HintFile.self, from: Data(json)).columns
    } catch {
      throw .schema(file: source, reason: "not a schema: \(decodingReason(error)).")
    }
    self.source = source
  }

  /// Reads hints from a JSON file.
  public init(contentsOf path: String) throws(TableError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try [UInt8](contentsOfFile: path)
    } catch {
      throw .file(error)
    }
    try self.init(json: bytes, source: path)
  }

  subscript(name: String) -> Hint? { columns.first { $0.name == name } }
}

private struct HintFile: Decodable { var columns: [SchemaHints.Hint] }

extension SchemaHints.Hint: Decodable {
  private enum Key: String, CodingKey {
    case name, kind, period, minimum, maximum, decimals, categories, transform
  }

  private struct Value: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      let single = try? decoder.singleValueContainer()
      if let text = try? single?.decode(String.self) {
        self.text = text
      } else if let number = try? single?.decode(Double.self) {
        text = NumberFormat(Column.Print()).text(of: number)
      } else {
        text = try Category(from: decoder).value
      }
    }
  }

  private struct Transform: Decodable {
    enum Key: String, CodingKey { case kind }
    var name: MarginalTransform.Name

    init(from decoder: any Decoder) throws {
      if let name = try? decoder.singleValueContainer().decode(MarginalTransform.Name.self) {
        self.name = name
      } else {
        name = try decoder.container(keyedBy: Key.self).decode(
          MarginalTransform.Name.self, forKey: .kind)
      }
    }
  }

  /// Reads a hint of a schema file.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    name = try values.decode(String.self, forKey: .name)
    kind = try values.decodeIfPresent(ColumnKindName.self, forKey: .kind)
    period = try values.decodeIfPresent(Double.self, forKey: .period)
    minimum = try values.decodeIfPresent(Double.self, forKey: .minimum)
    maximum = try values.decodeIfPresent(Double.self, forKey: .maximum)
    decimals = try values.decodeIfPresent(Int.self, forKey: .decimals)
    categories = try values.decodeIfPresent([Value].self, forKey: .categories)?.map(\.text)
    transform = try values.decodeIfPresent(Transform.self, forKey: .transform)?.name
  }
}
