import OrnsteinNumerics
import Synchronization
import Testing

@Suite struct ChunksTests {
  @Test(arguments: [(0, 0), (0, 10), (3, 4), (5, 23), (8, 16), (7, 8)], [1, 4, 8])
  func piecesCoverEveryRowOnceAndCutAtMultiples(range: (Int, Int), size: Int) {
    let chunks = Chunks(of: range.0..<range.1, size: size)
    let pieces = (0..<chunks.count).map { chunks[$0] }
    #expect(pieces.flatMap { Array($0) } == Array(range.0..<range.1))
    for piece in pieces.dropFirst() { #expect(piece.lowerBound.isMultiple(of: size)) }
    for piece in pieces { #expect(!piece.isEmpty && piece.count <= size) }
  }

  @Test(arguments: [1, 2, 5]) func visitsEveryPieceOnce(threads: Int) throws {
    let visits = Mutex([Int](repeating: 0, count: 1000))
    try Chunks(of: 0..<1000, size: 7).forEach(threads: threads) { rows, _ in
      visits.withLock { for row in rows { $0[row] += 1 } }
    }
    #expect(visits.withLock { $0.allSatisfy { $0 == 1 } })
  }

  struct Refusal: Error, Equatable { var row: Int }

  @Test func throwsTheErrorOfAPieceThatFailed() {
    #expect(throws: Refusal(row: 35)) {
      try Chunks(of: 0..<1000, size: 7).forEach(threads: 1) { rows, _ in
        if rows.contains(35) || rows.contains(700) { throw Refusal(row: rows.lowerBound) }
      }
    }
  }

  @Test func workspaceNestsAndReusesItsMemory() {
    let workspace = Workspace()
    func pass() -> [UInt] {
      workspace.withBuffer(of: Float.self, count: 1000) { a in
        workspace.withBuffer(of: Double.self, count: 100_000) { b in
          a.update(repeating: 1)
          b.update(repeating: 2)
          #expect(a.allSatisfy { $0 == 1 })
          return [UInt(bitPattern: a.baseAddress), UInt(bitPattern: b.baseAddress)]
        }
      }
    }
    let first = pass()
    #expect(first.allSatisfy { $0 % 64 == 0 })
    #expect(pass() == first)
  }
}
