import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Space cut into cells, each with its probability under an exact law: counts of samples in them give a
/// lower bound on the total variation distance.
struct Partition: Sendable {
  /// How a point finds its cell.
  enum Cells: Sendable {
    /// Between ascending cuts of the line.
    case line([Double])
    /// Boxes of the plane.
    case plane(PlaneBoxes)
    /// Between ascending cuts of the log-density.
    case logDensity([Double])
    /// The component that is the most probable given the point.
    case components(MixtureView)
  }

  var name: String
  var cells: Cells
  var count: Int
  /// The exact probability of each cell, or `nil` where exact draws must tell.
  var masses: [Double]?

  /// The number of rows in each cell.
  ///
  /// - Parameters:
  ///   - points: The rows.
  ///   - logDensity: The log-density of each row, if the law has one.
  func counts(of points: Batch<Double>, logDensity: [Double]) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    let d = points.dimension
    points.withUnsafeBufferPointer { elements in
      switch cells {
      case .line(let cuts):
        for row in 0..<points.count { counts[Self.place(of: elements[row], in: cuts)] += 1 }
      case .plane(let boxes):
        for row in 0..<points.count {
          counts[boxes.box(of: elements[2 * row], elements[2 * row + 1])] += 1
        }
      case .logDensity(let cuts):
        for value in logDensity { counts[Self.place(of: value, in: cuts)] += 1 }
      case .components(let mixture):
        let workspace = Workspace()
        workspace.withBuffer(of: Double.self, count: mixture.count * (d + 1)) { buffer in
          guard let probabilities = buffer.baseAddress, let start = elements.baseAddress else {
            return
          }
          for row in 0..<points.count {
            _ = mixture.write(
              start + row * d, probabilities: probabilities,
              places: probabilities + mixture.count)
            var best = 0
            for k in 1..<mixture.count where probabilities[k] > probabilities[best] { best = k }
            counts[best] += 1
          }
        }
      }
    }
    return counts
  }

  private static func place(of value: Double, in cuts: [Double]) -> Int {
    ProjectedLaw.firstIndex(in: cuts) { $0 > value }
  }
}

extension Partition {
  /// Cells of about equal probability, which a law allows and so many samples fill.
  ///
  /// - Parameters:
  ///   - law: The law.
  ///   - line: The law of the only coordinate, in one dimension.
  ///   - draws: Exact draws that say where to cut.
  ///   - logDensity: Their log-densities.
  ///   - rows: The number of samples.
  static func all(
    of law: ReferenceLaw, line: ProjectedLaw?, draws: Batch<Double>, logDensity: [Double],
    rows: Int
  ) -> [Partition] {
    var found: [Partition] = []
    let fine = max(4, Int(2 * Double.pow(Double(rows), 0.4)))
    if let line {
      let cuts = distinct((1..<fine).map { line.quantile(Double($0) / Double(fine)) })
      if !cuts.isEmpty {
        let reached = [0] + cuts.map { line.mass(below: $0) } + [1]
        found.append(
          Partition(
            name: "cells", cells: .line(cuts), count: cuts.count + 1,
            masses: line.origin == .draws ? nil : zip(reached, reached.dropFirst()).map { $1 - $0 })
        )
      }
    }
    if law.dimension == 2 {
      var depth = 2
      while 1 << (depth + 1) <= fine { depth += 1 }
      let boxes = PlaneBoxes(cutting: draws, depth: depth)
      found.append(
        Partition(
          name: "cells", cells: .plane(boxes), count: boxes.count, masses: boxes.masses(under: law))
      )
    }
    if !logDensity.isEmpty {
      let sorted = logDensity.sorted()
      let count = max(4, min(40, rows / 50))
      let cuts = distinct((1..<count).map { sorted[sorted.count * $0 / count] })
      if !cuts.isEmpty {
        found.append(
          Partition(
            name: "log-density", cells: .logDensity(cuts), count: cuts.count + 1, masses: nil))
      }
    }
    if let mixture = MixtureView(law), mixture.count > 1 {
      found.append(
        Partition(
          name: "components", cells: .components(mixture), count: mixture.count, masses: nil))
    }
    return found
  }

  private static func distinct(_ ascending: [Double]) -> [Double] {
    var result: [Double] = []
    for value in ascending where value != result.last { result.append(value) }
    return result
  }
}

extension ProjectedLaw {
  /// P(X < x).
  package func mass(below x: Double) -> Double {
    let next = Self.firstIndex(in: nodes) { $0 >= x }
    if next == 0 { return 0 }
    if next == nodes.count { return 1 }
    let share = (x - nodes[next - 1]) / (nodes[next] - nodes[next - 1])
    return at[next - 1] + share * (below[next] - at[next - 1])
  }
}
