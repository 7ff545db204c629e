import OrnsteinTables

/// Tables of all kinds of columns, drawn from a seed: with missing cells, constants, spikes, heavy
/// tails, few and many categories.
enum RandomTable {
  static func make(seed: UInt64, rows wanted: Int? = nil) throws -> Table {
    var generator = SplitMix(seed: seed &* 7919 &+ 1)
    let rows = wanted ?? Int.random(in: 1...600, using: &generator)
    let count = Int.random(in: 1...8, using: &generator)
    var columns: [Column] = []
    for index in 0..<count {
      let gaps = Bool.random(using: &generator) ? Double.random(in: 0...1, using: &generator) : 0
      columns.append(column(index, rows, gaps, &generator))
    }
    return try Table(columns: columns)
  }

  private static func column(
    _ index: Int, _ rows: Int, _ gaps: Double, _ generator: inout SplitMix
  ) -> Column {
    let missing = (0..<rows).map { _ in Double.random(in: 0..<1, using: &generator) < gaps }
    let name = "c\(index)"
    let shape = Int.random(in: 0..<6, using: &generator)
    if shape == 0 {
      let kinds = Int.random(in: 1...max(1, min(rows / 3, 30)), using: &generator)
      var cells = (0..<rows).map { row -> String? in
        missing[row] ? nil : "v\(Int.random(in: 0..<kinds, using: &generator))"
      }
      // Two copies of each, or texts would be taken for names.
      for row in stride(from: 0, to: rows - 1, by: 2) { cells[row + 1] = cells[row] }
      return Column(name: name, text: cells)
    }
    let whole = Int.random(in: 1...100_000, using: &generator)
    let scale = Double.random(in: 0.001...1000, using: &generator)
    let numbers = (0..<rows).map { _ -> Double in
      let uniform = Double.random(in: 0.001..<1, using: &generator)
      switch shape {
      case 1: return Double(Int.random(in: -whole...whole, using: &generator))
      case 2: return Double(Int.random(in: 0...1, using: &generator))
      case 3: return (uniform * 1000).rounded() / 100
      case 4: return uniform < 0.7 ? 0 : scale * uniform
      default: return scale / uniform
      }
    }
    let print = shape == 3 ? Column.Print(decimals: 2) : Column.Print()
    return Column(name: name, numbers: numbers, missing: missing, print: print)
  }
}
