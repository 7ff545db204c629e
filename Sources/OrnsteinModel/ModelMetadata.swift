#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a model file says about itself: a format version, what it is, and JSON texts by key.
///
/// Stored in the metadata of a safetensors file, one entry a key, so that any program can read them:
/// `format_version`, `kind`, and for example `schema`, `process`, `network`, `training`, `seed`.
public struct ModelMetadata: Sendable, Equatable, Codable {
  /// What a file is.
  public enum Kind: String, Sendable, Codable {
    /// A learned network, ready to sample from.
    case network
    /// Training that was interrupted, with all that resuming needs.
    case checkpoint
    /// A Gaussian mixture.
    case mixture
    /// Polynomials on cells.
    case polynomial
    /// Rows with normal noise.
    case kernel
  }

  /// The format version that this library writes.
  public static let currentVersion = 1
  private static let versionKey = "format_version"
  private static let kindKey = "kind"

  /// The version of the format.
  public private(set) var formatVersion: Int
  /// What the file is.
  public var kind: Kind
  /// JSON texts by key.
  public private(set) var entries: [String: String]

  /// Metadata without entries.
  public init(kind: Kind) {
    formatVersion = Self.currentVersion
    self.kind = kind
    entries = [:]
  }

  /// Reads the metadata of a file.
  ///
  /// - Parameters:
  ///   - texts: The metadata of the safetensors file.
  ///   - file: Its name, for messages.
  public init(_ texts: [String: String], file: String = "") throws(ModelFileError) {
    guard let text = texts[Self.versionKey] else { throw .foreign(file: file) }
    guard let version = Int(text), version >= 1 else {
      throw .metadata(file: file, key: Self.versionKey, reason: "\"\(text)\" is no version")
    }
    guard version <= Self.currentVersion else {
      throw .newerVersion(file: file, found: version, known: Self.currentVersion)
    }
    guard let name = texts[Self.kindKey] else {
      throw .absentMetadata(file: file, key: Self.kindKey)
    }
    guard let kind = Kind(rawValue: name) else {
      throw .metadata(file: file, key: Self.kindKey, reason: "\"\(name)\" is not known")
    }
    formatVersion = version
    self.kind = kind
    entries = texts.filter { $0.key != Self.versionKey && $0.key != Self.kindKey }
  }

  /// The metadata as a safetensors file holds them.
  public var texts: [String: String] {
    var texts = entries
    texts[Self.versionKey] = String(formatVersion)
    texts[Self.kindKey] = kind.rawValue
    return texts
  }

  /// The JSON text of a key, or `nil`.
  public subscript(key: String) -> String? {
    get { entries[key] }
    set {
      precondition(key != Self.versionKey && key != Self.kindKey, "\(key) is reserved.")
      entries[key] = newValue
    }
  }

  /// Stores a value as JSON.
  ///
  /// - Throws: `ModelFileError.metadata` if the value has no JSON form, as one that holds a NaN.
  public mutating func set(_ value: some Encodable, for key: String) throws(ModelFileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      self[key] = String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw .metadata(file: "", key: key, reason: "the value has no JSON form (a NaN?)")
    }
  }

  /// Reads a value that was stored as JSON.
  public func value<Value: Decodable>(
    _ type: Value.Type, for key: String, file: String = ""
  ) throws(ModelFileError) -> Value {
    guard let text = entries[key] else { throw .absentMetadata(file: file, key: key) }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw .metadata(file: file, key: key, reason: "the value is not what it should be")
    }
  }
}
