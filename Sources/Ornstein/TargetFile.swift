import OrnsteinDiffusion
import OrnsteinTables

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An exact target as a JSON file holds it.
public struct TargetFile: Sendable {
  /// The mixture.
  public let description: GaussianMixtureDescription

  /// Reads and checks a target.
  ///
  /// - Throws: ``TargetFileError`` that names the file, the component and what is wrong.
  public init(contentsOf path: String) throws(TargetFileError) {
    do {
      let bytes = try [UInt8](contentsOfFile: path)
      description = try JSONDecoder().decode(
        GaussianMixtureDescription.self, from: Data(bytes))
      try description.validate()
    } catch let error as FileError {
      throw TargetFileError(path: path, reason: error.description)
    } catch let error as DecodingError {
      throw TargetFileError(
        path: path, reason: "\"\(path)\" is no target: \(Self.reason(of: error)).")
    } catch {
      throw TargetFileError(path: path, reason: "\"\(path)\": \(error)")
    }
  }

  private static func reason(of error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "item \($0 + 1)" } ?? $0.stringValue }
      return path.isEmpty ? "" : " (in \(path.joined(separator: ", ")))"
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\"\(key.stringValue)\" is absent\(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "a value has the wrong type\(place(context))"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "the text is not valid JSON" : "\(context.debugDescription)\(place(context))"
    @unknown default: return "the text is not valid JSON"
    }
  }
}

/// Why a target file cannot be used.
public struct TargetFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// One sentence that names the file and what is wrong.
  public var reason: String

  /// The reason.
  public var description: String { reason }
}
