import Ornstein
import TestSupport
import Testing

/// Tables become points of one space, whatever their columns hold.
@Suite struct TableEvaluationTests {
  static func table(rows: Int, seed: UInt64, shift: Double = 0, reds: Int = 3) throws -> Table {
    var normals = Batch<Double>(count: rows, dimension: 2)
    normals.withUnsafeMutableBufferPointer {
      Double.Kernels.normals(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
    return try Table(columns: [
      Column(name: "length", numbers: (0..<rows).map { 10 + 2 * (normals[$0, 0] + shift) }),
      Column(
        name: "weight",
        optionalNumbers: (0..<rows).map { $0 % 4 == 1 ? nil : normals[$0, 1] }),
      Column(name: "colour", text: (0..<rows).map { $0 % 10 < reds ? "red" : "blue" }),
    ])
  }

  @Test func shiftOfANumberIsItsDistance() throws {
    let evaluation = try TableEvaluation(
      of: Self.table(rows: 2000, seed: 1, shift: 1), against: Self.table(rows: 2000, seed: 2))
    #expect(evaluation.columns.map(\.name) == ["length", "weight", "weight (missing)", "colour"])
    let length = evaluation.columns[0].comparison
    // The laws are one standard deviation apart; the estimate is within 5 of its own errors.
    #expect(abs(length.value - 1) < 5 * length.standardError)
    #expect(length.standardError < 0.1)
    #expect(length.pValue == 0.01)
    #expect(evaluation.energyDistance.pValue == 0.01)
    #expect(evaluation.columns[2].comparison.value == 0)
    #expect(evaluation.columns[3].comparison.value == 0)
  }

  @Test func sharesOfCategoriesAreTheirDistance() throws {
    let evaluation = try TableEvaluation(
      of: Self.table(rows: 1000, seed: 1, reds: 6), against: Self.table(rows: 1000, seed: 2))
    #expect(evaluation.columns[3].measure == "total-variation")
    #expect(abs(evaluation.columns[3].comparison.value - 0.3) < 1e-12)
  }

  @Test func threadsDoNotChangeABit() throws {
    let (a, b) = (try Self.table(rows: 300, seed: 1), try Self.table(rows: 200, seed: 2))
    let one = try TableEvaluation(of: a, against: b, threads: 1)
    let three = try TableEvaluation(of: a, against: b, threads: 3)
    #expect(one.energyDistance == three.energyDistance)
    #expect(one.slicedWasserstein == three.slicedWasserstein)
  }

  @Test func anAngleIsAPointOfTheCircle() throws {
    let near = try Table(columns: [
      Column(name: "phi", numbers: (0..<100).map { Double($0 % 2 == 0 ? 179 : -179) })
    ])
    let same = try Table(columns: [
      Column(name: "phi", numbers: (0..<100).map { Double($0 % 2 == 0 ? -181 : 181) })
    ])
    let evaluation = try TableEvaluation(
      of: same, against: near,
      hints: SchemaHints([.init(name: "phi", kind: .angle, period: 360)]))
    #expect(evaluation.columns.map(\.name) == ["phi (cosine)", "phi (sine)"])
    for column in evaluation.columns { #expect(column.comparison.value < 1e-6) }
  }

  /// Columns are measured in their own deviations, so their scale changes nothing: not at the ends of double
  /// precision either, where differences overflow and deviations have no reciprocal.
  @Test(arguments: [Double.greatestFiniteMagnitude, 0x1p-1050])
  func scaleDoesNotMatter(scale: Double) throws {
    func signs(_ negative: Int, _ scale: Double) throws -> Table {
      try Table(columns: [
        Column(name: "x", numbers: (0..<200).map { $0 % 10 < negative ? -scale : scale })
      ])
    }
    let usual = try TableEvaluation(of: signs(5, 1), against: signs(3, 1))
    let scaled = try TableEvaluation(of: signs(5, scale), against: signs(3, scale))
    // Of 0.3 and 0.5 of the rows: a fifth has to move by 2, of a deviation of 2 sqrt(0.3 * 0.7).
    let expected = 0.2 / (0.3 * 0.7).squareRoot()
    for evaluation in [usual, scaled] {
      #expect(agrees(evaluation.columns[0].comparison.value, expected, relative: 1e-6))
    }
    #expect(
      agrees(scaled.energyDistance.value, usual.energyDistance.value, relative: 1e-5))
  }

  @Test func wholeRowsAreComparedInEveryWay() throws {
    let reference = try Self.table(rows: 600, seed: 2)
    let same = try TableEvaluation(of: Self.table(rows: 600, seed: 1), against: reference)
    let shifted = try TableEvaluation(
      of: Self.table(rows: 600, seed: 1, shift: 1), against: reference)
    #expect(
      same.memorisation == nil && same.transportRows.samples == TableEvaluation.transportLimit)
    #expect(shifted.kernelDiscrepancy.pValue == 0.01)
    #expect(shifted.transportDistance.pValue == 0.1)
    #expect(shifted.transportDistance.value > same.transportDistance.value)
    // The mean moves by a standard deviation: the squared distance is 1 and what chance adds.
    let frechet = try #require(shifted.frechet)
    #expect(abs(frechet.value - 1) < 5 * frechet.standardError + frechet.floor)
  }

  @Test func copiesOfTrainingAreSeen() throws {
    let training = try Self.table(rows: 400, seed: 1)
    let copies = try TableEvaluation(
      of: training.selecting(rows: 0..<200), against: Self.table(rows: 300, seed: 2),
      training: training)
    #expect(try #require(copies.memorisation).copyShare == 1)
    let fresh = try TableEvaluation(
      of: Self.table(rows: 200, seed: 3), against: Self.table(rows: 300, seed: 2),
      training: training)
    #expect(try #require(fresh.memorisation).copyShare == 0)
    let error = #expect(throws: TableError.self) {
      try TableEvaluation(
        of: training, against: training,
        training: Table(columns: [Column(name: "length", numbers: [1, 2])], source: "old.csv"))
    }
    #expect(error?.description.contains("old.csv") ?? false)
  }

  @Test func absentColumnsAreNamed() throws {
    let reference = try Self.table(rows: 50, seed: 1)
    let samples = try Table(
      columns: [Column(name: "length", numbers: [1, 2, 3])], source: "new.csv")
    let error = #expect(throws: TableError.self) {
      try TableEvaluation(of: samples, against: reference)
    }
    #expect(error?.description.contains("weight") ?? false)
  }

  @Test func wordsInsteadOfNumbersAreNamed() throws {
    let reference = try Self.table(rows: 50, seed: 1)
    let samples = try Table(columns: [
      Column(name: "length", text: ["long", "short", "long"]),
      Column(name: "weight", numbers: [1, 2, 3]),
      Column(name: "colour", text: ["red", "blue", "red"]),
    ])
    let error = #expect(throws: TableError.self) {
      try TableEvaluation(of: samples, against: reference)
    }
    #expect(error?.description.contains("\"long\" is not a number") ?? false)
  }
}
