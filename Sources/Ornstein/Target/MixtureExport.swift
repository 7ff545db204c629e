import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A learned mixture as other programs take it: the law of complete rows, in the units of the table or of
/// encoded rows.
///
/// The units of the table are exact where every column is a real number that was shifted and scaled: with
/// value = c + s z a component has the mean c + s mu and the covariance s_i C_ij s_j. Of a mixture that was
/// learned from rows with gaps it is the law of the values, whatever is missing. Columns in which nothing
/// varies are left out.
public struct MixtureExport: Sendable {
  /// What the numbers are measured in.
  public enum Units: String, Sendable, Codable, CaseIterable {
    /// The units of the table.
    case columns
    /// Those of the encoded rows.
    case encoded
  }

  /// The mixture.
  public let mixture: GaussianMixtureDescription
  /// What the numbers are measured in.
  public let units: Units
  /// What each coordinate stands for; nothing for a mixture that came without columns.
  public let coordinates: [CoordinateMeaning]
  /// The columns in which nothing varies.
  public let constants: [String]

  /// The mixture of a learned model.
  ///
  /// - Parameters:
  ///   - model: A mixture, or a kernel law.
  ///   - units: What the numbers are to be measured in.
  /// - Throws: ``MixtureExportError`` that names the columns whose units cannot be kept, or says that the
  ///   model is no mixture.
  public init(_ model: TableModel, units: Units = .columns) throws {
    guard let law = try model.mixtureOfRows() else {
      throw MixtureExportError(
        reason:
          "A learned model of kind \"\(model.learned.learner)\" is no mixture; learn one with "
          + "'fit --learner mixture' or 'kernel'.")
    }
    self.units = units
    constants = law.schema.columns.filter { $0.dimension == 0 }.map(\.name)
    var mixture = law.mixture.description
    switch units {
    case .encoded: coordinates = law.schema.coordinateMeanings
    case .columns:
      let columns = law.schema.columns.filter { $0.dimension > 0 }
      let lines = columns.map(\.line)
      let reasons = zip(columns, lines).compactMap { column, line in
        line == nil ? "\"\(column.name)\" \(column.obstacle)" : nil
      }
      guard reasons.isEmpty else { throw MixtureExportError(columns: reasons) }
      let scales = lines.compactMap { $0 }
      mixture = mixture.shiftedAndScaled(by: scales)
      guard scales.allSatisfy({ ($0.scale * $0.scale).isNormal }),
        MixtureTensors(mixture).areFinite
      else {
        throw MixtureExportError(
          reason: "In the units of the table the covariances are beyond the numbers of double "
            + "precision. Write the law of encoded rows (--units encoded), or give the table other "
            + "units.")
      }
      coordinates = columns.map { CoordinateMeaning(column: $0.name, meaning: "the value") }
    }
    mixture.name = "mixture"
    mixture.comment = Self.comment(coordinates)
    self.mixture = mixture
  }

  /// A mixture without columns, as it is.
  public init(_ mixture: GaussianMixtureDescription) {
    self.mixture = mixture
    units = .columns
    (coordinates, constants) = ([], [])
  }

  private static func comment(_ coordinates: [CoordinateMeaning]) -> String {
    coordinates.enumerated().map { "x\($0): \($1.column), \($1.meaning)" }
      .joined(separator: "; ")
  }

  /// The parameters as scikit-learn has them, with one more key, `columns`: what each coordinate stands for.
  ///
  /// - Throws: ``/OrnsteinDiffusion/TargetError`` if a covariance is singular, which scikit-learn cannot
  ///   hold.
  public func scikitLearnJSON() throws -> String {
    struct Whole: Encodable {
      struct Named: Encodable { var columns: [CoordinateMeaning] }
      var parameters: ScikitLearnMixture
      var columns: [CoordinateMeaning]

      func encode(to encoder: any Encoder) throws {
        try parameters.encode(to: encoder)
        if !columns.isEmpty { try Named(columns: columns).encode(to: encoder) }
      }
    }
    return try Self.text(
      Whole(parameters: try ScikitLearnMixture(mixture), columns: coordinates))
  }

  /// The mixture as a target file, with what each coordinate stands for as its comment.
  public func targetJSON() throws -> String { try Self.text(TargetDescription(mixture)) }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// Why a model cannot be written as a mixture.
public struct MixtureExportError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One sentence that names the columns and says what to do.
  public var reason: String

  /// An error by its sentence.
  public init(reason: String) { self.reason = reason }

  fileprivate init(columns reasons: [String]) {
    let shown = reasons.prefix(6).joined(separator: ", ")
    let more = reasons.count > 6 ? ", and \(reasons.count - 6) more" : ""
    reason =
      "In the units of the table the law is no mixture: \(shown)\(more). Write the law of encoded rows, "
      + "with the meaning of each coordinate (--units encoded), or learn from real numbers that are "
      + "only shifted and scaled (\"kind\": \"continuous\", \"transform\": \"linear\" in the schema)."
  }

  /// The reason.
  public var description: String { reason }
}

extension ColumnSchema {
  /// Why a coordinate is not the value shifted and scaled.
  fileprivate var obstacle: String {
    if missing > 0 { return "has gaps, for which a value stood in" }
    switch kind {
    case .integer: return "holds whole numbers"
    case .categorical: return "holds categories"
    case .boolean: return "holds one of two values"
    case .angle: return "holds angles"
    case .continuous(let range):
      return range.transform.name == .levels
        ? "holds a few levels" : "is mapped by its quantiles"
    case .empty: return "is empty"
    }
  }
}

extension GaussianMixtureDescription {
  /// The law of center + scale times each coordinate.
  func shiftedAndScaled(by lines: [(center: Double, scale: Double)]) -> GaussianMixtureDescription {
    var result = self
    let common = lines.first?.scale ?? 1
    let isCommon = lines.allSatisfy { $0.scale == common }
    for index in components.indices {
      let component = components[index]
      result.components[index].mean = zip(component.mean, lines).map { $1.center + $1.scale * $0 }
      result.components[index].covariance =
        switch component.covariance {
        case .identity where isCommon: common == 1 ? .identity : .isotropic(common * common)
        case .isotropic(let variance) where isCommon: .isotropic(variance * common * common)
        case .identity: .diagonal(lines.map { $0.scale * $0.scale })
        case .isotropic(let variance): .diagonal(lines.map { variance * $0.scale * $0.scale })
        case .diagonal(let variances):
          .diagonal(zip(variances, lines).map { $0 * $1.scale * $1.scale })
        case .full(let rows):
          .full(
            zip(rows, lines).map { row, line in
              zip(row, lines).map { $0 * line.scale * $1.scale }
            })
        }
    }
    return result
  }
}
