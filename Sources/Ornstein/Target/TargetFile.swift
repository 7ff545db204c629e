import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An exact target as a JSON file holds it, in the form that ``/OrnsteinDiffusion/TargetDescription`` shows,
/// or as the parameters of a mixture that ``ScikitLearnMixture`` shows.
public struct TargetFile: Sendable {
  /// The target, with the points of the files that it names.
  public let description: TargetDescription

  /// Reads and checks a target, and the points that it says lie beside it.
  ///
  /// - Throws: ``TargetFileError`` that names the file, the place in it and what is wrong.
  public init(contentsOf path: String) throws(TargetFileError) {
    do {
      let bytes = try [UInt8](contentsOfFile: path)
      var description = try Self.description(in: Data(bytes), of: path)
      try Self.readPoints(of: &description, at: "", besides: path)
      try description.validate()
      self.description = description
    } catch let error as FileError {
      throw TargetFileError(path: path, reason: error.description)
    } catch let error as TableError {
      throw TargetFileError(path: path, reason: "\"\(path)\": \(error.description)")
    } catch let error as TargetError {
      throw TargetFileError(
        path: path,
        reason: error.path.isEmpty
          ? "\"\(path)\": \(error.reason)" : "\"\(path)\", \(error.path): \(error.reason)")
    } catch let error as DecodingError {
      throw TargetFileError(path: path, reason: Self.reason(error, in: path))
    } catch {
      throw TargetFileError(path: path, reason: "\"\(path)\": \(error)")
    }
  }

  /// The target.
  public func makeTarget<Scalar: BatchScalar>(
    _ type: Scalar.Type
  ) throws(TargetError) -> any ExactTarget<Scalar> {
    try description.makeTarget(type)
  }

  private static func description(in json: Data, of path: String) throws -> TargetDescription {
    guard ScikitLearnMixture.isIn(json) else {
      return try JSONDecoder().decode(TargetDescription.self, from: json)
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return TargetDescription(
      try JSONDecoder().decode(ScikitLearnMixture.self, from: json)
        .mixture(name: name.lowercased().hasSuffix(".json") ? String(name.dropLast(5)) : name))
  }

  private static func reason(_ error: DecodingError, in path: String) -> String {
    func at(_ context: DecodingError.Context, _ sentence: String) -> String {
      let place = TargetDescription.path(context.codingPath)
      return place.isEmpty ? "\"\(path)\": \(sentence)" : "\"\(path)\", \(place): \(sentence)"
    }
    switch error {
    case .keyNotFound(let key, let context):
      return at(context, "\"\(key.stringValue)\" is absent.")
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return at(context, "The value has the wrong type.")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return at(context, context.debugDescription)
    default: return "\"\(path)\" is no target: \(decodingReason(error))."
    }
  }

  /// Reads the points that a description and those in it name.
  private static func readPoints(
    of description: inout TargetDescription, at place: String, besides path: String
  ) throws {
    func inside(_ part: String) -> String { place.isEmpty ? part : "\(place).\(part)" }
    switch description.kind {
    case .mixture, .cubeVertices, .cube, .sphere: break
    case .points(var list):
      guard let file = list.file else { return }
      do throws(TargetError) {
        list.coordinates = try points(
          in: try table(file, besides: path), dimension: description.dimension)
      } catch {
        throw error.inside(place)
      }
      description.kind = .points(list)
    case .product(var factors):
      for index in factors.indices {
        try readPoints(of: &factors[index], at: inside("factors[\(index)]"), besides: path)
      }
      description.kind = .product(factors)
    case .manifold(var base, let axes, let offset):
      try readPoints(of: &base, at: inside("base"), besides: path)
      description.kind = .manifold(base, axes: axes, offset: offset)
    case .perturbed(var base, let error):
      try readPoints(of: &base, at: inside("base"), besides: path)
      description.kind = .perturbed(base, error)
    }
  }

  /// The table in a file that is named relative to another.
  private static func table(_ file: String, besides path: String) throws(TargetError) -> Table {
    guard file != "-" else {
      throw TargetError(path: "file", reason: "Points cannot come from standard input.")
    }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    do throws(TableError) {
      return try Table(contentsOf: file.hasPrefix("/") ? file : folder + file)
    } catch {
      throw TargetError(path: "file", reason: error.description)
    }
  }

  private static func points(in table: Table, dimension: Int) throws(TargetError) -> [Double] {
    guard table.columns.count == dimension else {
      throw TargetError(
        path: "file",
        reason:
          "\"\(table.source)\" has \(table.columns.count) columns and needs \(dimension), one "
          + "a coordinate.")
    }
    var coordinates = [Double](repeating: 0, count: table.rowCount * dimension)
    for (j, column) in table.columns.enumerated() {
      guard case .numbers(let numbers) = column.cells else {
        throw TargetError(
          path: "file",
          reason: "The column \"\(column.name)\" of \"\(table.source)\" holds words, not numbers.")
      }
      if let row = column.missing.firstIndex(of: true) {
        throw TargetError(
          path: "file",
          reason: "Row \(row + 1) of \"\(table.source)\" has no number in the column "
            + "\"\(column.name)\".")
      }
      for row in numbers.indices { coordinates[row * dimension + j] = numbers[row] }
    }
    return coordinates
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

extension DiscreteTargetDescription {
  /// The discrete target of a JSON file, or `nil` if the file holds something else, readable or not.
  ///
  /// - Throws: ``TargetFileError`` if the file says that it is discrete and is not.
  public init?(ifIn path: String) throws(TargetFileError) {
    struct Kind: Decodable { var kind: String? }
    guard let bytes = try? [UInt8](contentsOfFile: path) else { return nil }
    let data = Data(bytes)
    guard (try? JSONDecoder().decode(Kind.self, from: data))?.kind == Self.kind else { return nil }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as DecodingError {
      throw TargetFileError(
        path: path, reason: "\"\(path)\" is no discrete target: \(decodingReason(error)).")
    } catch {
      throw TargetFileError(path: path, reason: "\"\(path)\": \(error)")
    }
  }
}
