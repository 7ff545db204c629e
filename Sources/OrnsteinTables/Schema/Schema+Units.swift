extension Schema {
  /// Deviations within which columns are left in their own units.
  private static let comparableDeviations = 0.1...10.0

  /// The schema with the numbers shifted and scaled, where they were mapped to normal scores.
  ///
  /// A normal law of the coordinates is then one of the values, as mixtures need it. Each column is
  /// divided by its deviation, unless units are to be kept and can be.
  ///
  /// - Parameters:
  ///   - keepingUnits: Whether columns are only shifted if the deviations of all of them lie between 0.1
  ///     and 10, so that a covariance that is the identity is one in the units of the table.
  ///   - hints: What the user knows about the columns: transforms that are asked for stay.
  public func shiftedAndScaled(
    keepingUnits: Bool, following hints: SchemaHints = SchemaHints()
  ) -> Schema {
    let asked = Set(hints.columns.filter { $0.transform != nil }.map(\.name))
    var columns = columns
    let chosen = columns.indices.filter { index in
      guard !asked.contains(columns[index].name) else { return false }
      return columns[index].range?.transform.name == .quantile
    }
    let areKept =
      keepingUnits
      && chosen.allSatisfy { index in
        columns[index].range.map { Self.comparableDeviations.contains($0.standardDeviation) }
          ?? true
      }
    for index in chosen {
      guard var range = columns[index].range else { continue }
      range.transform = .linear(
        center: range.mean, scale: areKept ? 1 : range.standardDeviation)
      columns[index].range = range
    }
    var schema = self
    schema.columns = columns
    return schema
  }
}

extension ColumnSchema {
  /// The numbers of a numeric column.
  fileprivate var range: NumberRange? {
    get {
      switch kind {
      case .continuous(let range), .integer(let range): range
      case .categorical, .boolean, .angle, .empty: nil
      }
    }
    set {
      guard let newValue else { return }
      switch kind {
      case .continuous: kind = .continuous(newValue)
      case .integer: kind = .integer(newValue)
      case .categorical, .boolean, .angle, .empty: break
      }
    }
  }
}
