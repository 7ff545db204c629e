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
        path: path, reason: "\"\(path)\" is no target: \(decodingReason(error)).")
    } catch {
      throw TargetFileError(path: path, reason: "\"\(path)\": \(error)")
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
