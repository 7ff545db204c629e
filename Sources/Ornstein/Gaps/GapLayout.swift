import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

/// Which coordinates of encoded rows are values, and which tell of missing ones.
struct GapLayout: Sendable {
  /// The number of coordinates.
  let dimension: Int
  /// The coordinates that tell of missing cells; none where there is no value whose law could be
  /// learned.
  let markers: [GapMarker]
  /// The other coordinates.
  let values: [Int]

  init(_ schema: Schema) {
    dimension = schema.dimension
    let markers = schema.gapMarkers
    let places = Set(markers.map(\.coordinate))
    let values = (0..<schema.dimension).filter { !places.contains($0) }
    self.markers = values.isEmpty ? [] : markers
    self.values = values.isEmpty ? Array(0..<schema.dimension) : values
  }

  /// Whether the cell of a marker is missing in each row.
  func isMissing(_ marker: GapMarker, in points: Batch<Double>) -> [Bool] {
    points.withUnsafeBufferPointer { points in
      stride(from: marker.coordinate, to: points.count, by: dimension).map {
        points[$0] > marker.threshold
      }
    }
  }

  /// The values of rows, NaN where the cell is missing.
  func values(of points: Batch<Double>) -> Batch<Double> {
    guard !markers.isEmpty else { return points }
    let v = values.count
    var places = [Int?](repeating: nil, count: dimension)
    for (place, coordinate) in values.enumerated() { places[coordinate] = place }
    return Batch(unsafeUninitializedCount: points.count, dimension: v) { output in
      points.withUnsafeBufferPointer { points in
        for row in 0..<output.count / v {
          for (place, coordinate) in values.enumerated() {
            output[row * v + place] = points[row * dimension + coordinate]
          }
          for marker in markers
          where points[row * dimension + marker.coordinate] > marker.threshold {
            for coordinate in marker.values {
              if let place = places[coordinate] { output[row * v + place] = .nan }
            }
          }
        }
      }
    }
  }
}

extension Batch<Double> {
  /// The places of the rows that have a coordinate that is not NaN.
  var rowsWithValues: [Int] {
    (0..<count).filter { row in (0..<dimension).contains { !self[row, $0].isNaN } }
  }
}

/// Rows grouped by which of their coordinates are there.
struct GapPatterns: Sendable {
  /// The coordinates that are there, of each pattern, in the order in which patterns first appear.
  private(set) var observed: [[Int]] = []
  /// The pattern of each row.
  private(set) var ofRow: [Int32] = []

  /// - Parameter isThere: Whether a coordinate of a row is there.
  init(rows: Int, coordinates: [Int], isThere: (_ row: Int, _ coordinate: Int) -> Bool) {
    var places: [[UInt64]: Int32] = [:]
    ofRow.reserveCapacity(rows)
    for row in 0..<rows {
      var words = [UInt64](repeating: 0, count: (coordinates.count + 63) / 64)
      for (place, coordinate) in coordinates.enumerated() where isThere(row, coordinate) {
        words[place / 64] |= 1 << UInt64(place % 64)
      }
      if let place = places[words] {
        ofRow.append(place)
        continue
      }
      let place = Int32(observed.count)
      places[words] = place
      ofRow.append(place)
      observed.append(
        coordinates.enumerated().filter { words[$0.offset / 64] >> UInt64($0.offset % 64) & 1 == 1 }
          .map(\.element))
    }
  }

  /// The rows of each pattern.
  var rows: [[Int]] {
    var rows = [[Int]](repeating: [], count: observed.count)
    for (row, pattern) in ofRow.enumerated() { rows[Int(pattern)].append(row) }
    return rows
  }
}
