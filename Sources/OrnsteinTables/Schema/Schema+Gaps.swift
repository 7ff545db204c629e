/// A coordinate of an encoded row that tells whether the cell of a column is missing.
package struct GapMarker: Sendable, Hashable {
  /// The place of the column in the schema.
  package let column: Int
  /// The coordinate.
  package let coordinate: Int
  /// The coordinates of the value of the cell; none where it is always the same.
  package let values: Range<Int>
  /// The share of missing cells.
  package let share: Double
  /// A cell is missing where the coordinate is above this.
  package let threshold: Double
}

extension Schema {
  /// The coordinates that tell of missing cells; a category has none, as a missing one is one more
  /// category.
  package var gapMarkers: [GapMarker] {
    zip(columns, coordinateRanges).enumerated().compactMap { index, pair in
      let (column, range) = pair
      guard column.missing > 0, !range.isEmpty, column.hasGapMarker else { return nil }
      let share = CodeGeometry.missingShare(column.missing, rows: rows)
      return GapMarker(
        column: index, coordinate: range.upperBound - 1,
        values: range.lowerBound..<range.upperBound - 1, share: share,
        threshold: Double(Float(CodeGeometry.booleanScale * (0.5 - share))))
    }
  }

  /// The schema of rows without missing cells: without the coordinates that tell of them.
  package var withoutGapMarkers: Schema {
    var schema = self
    for marker in gapMarkers { schema.columns[marker.column].missing = 0 }
    return schema
  }
}

extension ColumnSchema {
  private var isCategorical: Bool { if case .categorical = kind { true } else { false } }

  fileprivate var hasGapMarker: Bool { !isCategorical && kind != .empty }
}
