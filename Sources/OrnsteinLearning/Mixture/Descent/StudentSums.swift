import OrnsteinNumerics

/// Sums over points, cut into blocks that threads share and added in the order of the blocks, so that
/// the bits depend on the number of points alone.
final class StudentSums {
  private static let mostBlocks = 128

  let layout: StudentSumsLayout
  /// The parameters; the caller sets them before each pass.
  let student: PackedStudent
  /// The sums of the last pass.
  let total: UnsafeMutablePointer<Double>
  private let pool: ThreadPool
  private let passes: [StudentPass]
  private let blocks: UnsafeMutablePointer<Double>
  private let memory = NumberBlocks<Double>()

  init(components: Int, dimension: Int, threads: Int) throws(DescentError) {
    guard let pool = ThreadPool(threads: threads) else { throw .threads(count: threads) }
    self.pool = pool
    let layout = StudentSumsLayout(components: components, dimension: dimension)
    self.layout = layout
    student = PackedStudent(components: components, dimension: dimension)
    total = memory.take(layout.count)
    blocks = memory.take(layout.count * Self.mostBlocks)
    passes = (0..<threads).map { _ in StudentPass(layout) }
  }

  /// Sums over some points.
  ///
  /// - Parameters:
  ///   - points: How many there are.
  ///   - hasTargets: Whether `fill` writes targets.
  ///   - isWeighted: Whether `fill` writes weights.
  ///   - fill: Writes a range of the points into a pass; called from many threads.
  func run(
    _ points: Int, hasTargets: Bool, isWeighted: Bool = false,
    fill: (StudentPass, Range<Int>) -> Void
  ) {
    let capacity = StudentPass.capacity
    let chunks = (points + capacity - 1) / capacity
    let perBlock = max(1, (chunks + Self.mostBlocks - 1) / Self.mostBlocks)
    let blockCount = (chunks + perBlock - 1) / perBlock
    pool.run { thread, threads in
      let pass = passes[thread]
      for block in stride(from: thread, to: blockCount, by: threads) {
        let sums = blocks + block * layout.count
        sums.update(repeating: 0, count: layout.count)
        for chunk in block * perBlock..<min((block + 1) * perBlock, chunks) {
          let range = chunk * capacity..<min((chunk + 1) * capacity, points)
          fill(pass, range)
          pass.add(
            range.count, of: student, hasTargets: hasTargets, isWeighted: isWeighted, to: sums)
        }
      }
    }
    total.update(repeating: 0, count: layout.count)
    for block in 0..<blockCount {
      let sums = blocks + block * layout.count
      for index in 0..<layout.count { total[index] += sums[index] }
    }
    let (k, n) = (layout.components, layout.dimension)
    for j in 0..<k {
      let factor = total[layout.logits + j]
      for axis in 0..<n {
        total[layout.corrections + j * n + axis] -= factor * student.centres[j * n + axis]
      }
    }
  }
}
