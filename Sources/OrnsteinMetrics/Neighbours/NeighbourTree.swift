import OrnsteinNumerics

/// Points in boxes of boxes, each cut at the median of its longest side, so that the closest points of a
/// place are found without looking at all.
///
/// - Source: Friedman, Bentley, Finkel, ACM Transactions on Mathematical Software 3 (1977) 209.
package struct NeighbourTree: Sendable {
  private struct Node: Sendable {
    var first: Int
    var last: Int
    /// The children lie at `left` and `left + 1`; 0 for a leaf.
    var left = 0
    var axis = 0
    var cut = 0.0
  }

  private static let leafSize = 12
  private let dimension: Int
  private var nodes: [Node] = []
  /// The coordinates in the order of the leaves.
  private let points: [Double]
  /// The row of each point.
  let rows: [Int]

  /// A tree of some points; costs n log^2 n comparisons.
  package init(_ batch: Batch<Double>) {
    let d = batch.dimension
    dimension = d
    var order = Array(0..<batch.count)
    var nodes = [Node(first: 0, last: batch.count)]
    batch.withUnsafeBufferPointer { elements in
      var next = 0
      while next < nodes.count {
        let (first, last) = (nodes[next].first, nodes[next].last)
        if last - first > Self.leafSize {
          var (axis, widest) = (0, -1.0)
          for j in 0..<d {
            var (low, high) = (Double.infinity, -Double.infinity)
            for place in first..<last {
              let x = elements[order[place] * d + j]
              low = min(low, x)
              high = max(high, x)
            }
            if high - low > widest { (axis, widest) = (j, high - low) }
          }
          if widest > 0 {
            order[first..<last].sort {
              (elements[$0 * d + axis], $0) < (elements[$1 * d + axis], $1)
            }
            let middle = (first + last) / 2
            nodes[next].left = nodes.count
            nodes[next].axis = axis
            nodes[next].cut = elements[order[middle] * d + axis]
            nodes.append(Node(first: first, last: middle))
            nodes.append(Node(first: middle, last: last))
          }
        }
        next += 1
      }
    }
    self.nodes = nodes
    rows = order
    points = batch.withUnsafeBufferPointer { elements in
      order.flatMap { row in (0..<d).map { elements[row * d + $0] } }
    }
  }

  /// The squared distance from each point to its k-th closest other point, in the order of the batch.
  ///
  /// - Parameters:
  ///   - k: 1 or more, below the number of points.
  ///   - threads: How many threads work; does not change the result.
  package func squaredDistances(toNeighbour k: Int, threads: Int) -> [Double] {
    precondition(k >= 1 && k < rows.count, "There is no neighbour \(k) among \(rows.count) points.")
    var output = [Double](repeating: 0, count: rows.count)
    output.withUnsafeMutableBufferPointer { output in
      let shared = SharedNumbers(output)
      try? Chunks(of: 0..<rows.count, size: 512).forEach(threads: threads) { chunk, _ in
        points.withUnsafeBufferPointer { points in
          nodes.withUnsafeBufferPointer { nodes in
            var search = Search(points: points, nodes: nodes, dimension: dimension, k: k)
            for place in chunk { shared.buffer[rows[place]] = search.run(place) }
          }
        }
      }
    }
    return output
  }

  private struct Search {
    let points: UnsafeBufferPointer<Double>
    let nodes: UnsafeBufferPointer<Node>
    let dimension: Int
    let k: Int
    private var closest: [Double]
    private var stack: [(node: Int, bound: Double)] = []

    init(
      points: UnsafeBufferPointer<Double>, nodes: UnsafeBufferPointer<Node>, dimension: Int, k: Int
    ) {
      self.points = points
      self.nodes = nodes
      self.dimension = dimension
      self.k = k
      closest = [Double](repeating: .infinity, count: k)
    }

    mutating func run(_ place: Int) -> Double {
      let query = place * dimension
      for index in 0..<k { closest[index] = .infinity }
      stack.append((0, 0))
      while let (index, bound) = stack.popLast() {
        guard bound < closest[k - 1] else { continue }
        var node = nodes[index]
        while node.left > 0 {
          let side = points[query + node.axis] - node.cut
          let near = side < 0 ? node.left : node.left + 1
          // The other side is at least this far along one axis.
          stack.append((side < 0 ? node.left + 1 : node.left, max(bound, side * side)))
          node = nodes[near]
        }
        for other in node.first..<node.last where other != place {
          var square = 0.0
          for j in 0..<dimension {
            let difference = points[query + j] - points[other * dimension + j]
            square += difference * difference
          }
          guard square < closest[k - 1] else { continue }
          var slot = k - 1
          while slot > 0, closest[slot - 1] > square {
            closest[slot] = closest[slot - 1]
            slot -= 1
          }
          closest[slot] = square
        }
      }
      return closest[k - 1]
    }
  }
}
