import Foundation
import Ornstein
import TestSupport
import Testing

/// `impute` as a process: what it fills, what it keeps, and how it refuses what it cannot use.
@Suite struct ImputeTests {
  static let table = #"""
    id,x1,x0,note,x2\#r
    7,0.50,, as it was ,NA\#r
    8,,1.250,"a, ""b""",-0.1\#r
    9,1e-1,2,,+3.0\#r
    10,,,,\#r

    """#

  static func folder() throws -> Scratch {
    let folder = try ConditionalSampleTests.folder()
    try folder.write(table, to: "table.csv")
    return folder
  }

  static func filled(
    _ options: [String] = [], table: String = "table.csv", output: String? = nil, in folder: Scratch
  ) throws -> String {
    let name = output ?? UUID().uuidString + ".csv"
    let outcome = try OrnsteinProcess.run(
      ["impute", "target.json", table, "-o", name] + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.isEmpty || options.contains("--json"))
    return name.hasSuffix(".csv") ? try folder.read(name) : ""
  }

  static func cells(_ text: Substring) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func observedCellsKeepTheirBytes() throws {
    let folder = try Self.folder()
    let text = try Self.filled(in: folder)
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.count == 6)
    #expect(lines[0] == "id,x1,x0,note,x2")
    let first = Self.cells(lines[1])
    #expect(first[0] == "7" && first[1] == "0.50" && first[3] == " as it was ")
    #expect(Double(first[2]) != nil && Double(first[4]) != nil)
    #expect(lines[2].hasPrefix("8,"))
    #expect(lines[2].hasSuffix(",1.250,\"a, \"\"b\"\"\",-0.1"))
    #expect(lines[3] == "9,1e-1,2,,+3.0")
    let last = Self.cells(lines[4])
    #expect(last[0] == "10" && last[3].isEmpty)
    #expect([1, 2, 4].allSatisfy { Double(last[$0]) != nil })
  }

  @Test func sameSeedSameCells() throws {
    let folder = try Self.folder()
    let one = try Self.filled(["--seed", "3", "--threads", "1"], in: folder)
    #expect(try Self.filled(["--seed", "3", "--threads", "2"], in: folder) == one)
    #expect(try Self.filled(["--seed", "4"], in: folder) != one)
    let many = try Self.filled(["--seed", "3", "--draws", "3"], in: folder)
      .split(separator: "\r\n").map(String.init)
    #expect(many[0] == "draw,row,id,x1,x0,note,x2")
    #expect(many.count == 13)
    // The first draw is that without --draws; the others are new.
    let single = one.split(separator: "\r\n").dropFirst().map(String.init)
    for row in 0..<4 {
      #expect(many[1 + row] == "1,\(row + 1)," + single[row])
      #expect(many[5 + row].hasPrefix("2,\(row + 1),"))
    }
    #expect(many[5].dropFirst(4) != many[9].dropFirst(4))
  }

  /// Filling a column of one row many times draws from its conditional law; `--mean` writes the
  /// mean.
  ///
  /// Fails for right code with probability 2e-6.
  @Test func drawsHaveTheConditionalMoments() throws {
    let folder = try ConditionalSampleTests.folder()
    let rows = String(repeating: "0.25,,1\n", count: 5000)
    try folder.write("a,b,c\n" + rows, to: "one.csv")
    let moments = try ConditionalSampleTests.law().conditionalMoments(on: [0: 0.25, 2: 1])
    let values = try Self.filled(["--draws", "4"], table: "one.csv", in: folder)
      .split(separator: "\n").dropFirst().compactMap { Double(Self.cells($0)[3]) }
    #expect(values.count == 20_000)
    #expect(
      StatisticalGate.meanAgrees(values, expected: moments.mean[0], falseAlarmRate: 1e-6))
    #expect(
      StatisticalGate.meanAgrees(
        values.map { ($0 - moments.mean[0]) * ($0 - moments.mean[0]) },
        expected: moments.covariance[0], falseAlarmRate: 1e-6))
    let mean = try Self.filled(["--mean"], table: "one.csv", in: folder)
      .split(separator: "\n")[1]
    #expect(agrees(Double(Self.cells(mean)[1]) ?? .nan, moments.mean[0]))
  }

  @Test func arraysAndPipes() throws {
    let folder = try ConditionalSampleTests.folder()
    let nan = Double.nan
    let points = Batch<Double>(rows: [[1, nan, 0], [nan, 0.5, nan], [1, 2, 3]])
    let writer = try TableWriter(
      path: folder.path("gaps.npy"), names: ["x0", "x1", "x2"], element: .double)
    try writer.write(points)
    try writer.finish()
    _ = try Self.filled(table: "gaps.npy", output: "full.npy", in: folder)
    let full = try Table(contentsOf: folder.path("full.npy"))
    #expect(full.columns.allSatisfy { $0.missingCount == 0 })
    #expect((0..<3).map { full.columns[$0].number(2) } == [1, 2, 3])
    #expect(full.columns[0].number(0) == 1)
    let text = try Self.filled(["--draws", "2"], table: "gaps.npy", in: folder)
      .split(separator: "\n")
    #expect(text[0] == "draw,row,x0,x1,x2")
    #expect(text[3] == "1,3,1,2,3")
    #expect(text[6] == "2,3,1,2,3")
    _ = try Self.filled(["--draws", "2"], table: "gaps.npy", output: "long.npy", in: folder)
    #expect(try Table(contentsOf: folder.path("long.npy")).columns[1].number(4) == 2)
    let piped = try OrnsteinProcess.run(
      ["impute", "target.json", "-", "-o", "-", "--quiet"], in: folder,
      input: "a,b,c\n1,,2\n3,4,5\n")
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(piped.output.hasPrefix("a,b,c\n1,"))
    #expect(piped.output.hasSuffix(",2\n3,4,5\n"))
    #expect(piped.errors.isEmpty)
  }

  @Test func saysWhatWasFilled() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      ["impute", "target.json", "table.csv", "-o", "new.csv", "--json"], in: folder)
    let summary = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(summary["filled_cells"] as? Int == 6)
    #expect(summary["rows"] as? Int == 4)
    let columns = try #require(summary["columns"] as? [[String: Any]])
    #expect(columns.compactMap { $0["name"] as? String } == ["x1", "x0", "x2"])
    #expect(outcome.errors.contains("Filled 6 cells"))
  }

  static func call(_ options: String...) -> [String] {
    ["impute", "target.json", "table.csv", "-o", "new.csv"] + options
  }

  static let wrong: [BrokenInputTests.Case] = [
    .init(
      name: "absent coordinate", files: ["table.csv": "x0,x2,b,c\n1,2,3,4\n"], arguments: call(),
      status: 3, says: ["no column \"x1\""]),
    .init(
      name: "too few columns", files: ["table.csv": "a,b\n1,2\n"], arguments: call(), status: 3,
      says: ["2 columns", "3 coordinates"]),
    .init(
      name: "a word", files: ["table.csv": "a,b,c\n1,2,3\n1,red,3\n"], arguments: call(),
      status: 3, says: ["row 2", "\"b\"", "\"red\""]),
    .init(
      name: "too far", files: ["table.csv": "a,b,c\n1,,3\n1,,1e300\n"], arguments: call(),
      status: 3, says: ["row 2", "\"c\"", "too far"]),
    .init(
      name: "column of the long form", files: ["table.csv": "x0,x1,x2,row\n1,2,3,4\n"],
      arguments: call("--draws", "2"), status: 3, says: ["\"row\"", "--draws"]),
    .init(
      name: "draws and mean", arguments: call("--draws", "2", "--mean"), status: 2,
      says: ["--draws", "--mean"]),
    .init(name: "no draws", arguments: call("--draws", "0"), status: 2, says: ["--draws is 0"]),
    .init(
      name: "array from text",
      arguments: ["impute", "target.json", "table.csv", "-o", "new.npy"], status: 2,
      says: ["\"new.npy\"", ".csv"]),
    .init(
      name: "output of no kind",
      arguments: ["impute", "target.json", "table.csv", "-o", "new.txt"], status: 2,
      says: ["\"new.txt\""]),
    .init(
      name: "absent table", arguments: ["impute", "target.json", "none.csv", "-o", "new.csv"],
      status: 3, says: ["\"none.csv\"", "no such file"]),
    .init(
      name: "no mixture",
      files: ["target.json": #"{"name": "c", "kind": "cube", "dimension": 3, "halfWidth": 1}"#],
      arguments: call(), status: 3, says: ["cube", "mixture"]),
  ]

  @Test(arguments: wrong) func mistakesAreNamed(broken: BrokenInputTests.Case) throws {
    let folder = try Self.folder()
    for (name, text) in broken.files { try folder.write(text, to: name) }
    let outcome = try OrnsteinProcess.run(broken.arguments, in: folder)
    #expect(outcome.status == broken.status, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    for words in broken.says { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
    #expect(try folder.names == ["target.json", "table.csv"])
  }
}

/// `impute` and `sample --where` with learned models.
@Suite struct LearnedImputeTests {
  static let table: String = {
    var text = "length,count,colour,weight\n"
    for row in 0..<400 {
      let noise = Double((row * 7919) % 97) / 97 - 0.5
      let isRed = row % 2 == 0
      let length = (isRed ? 6 : 3) + noise
      text += "\((length * 100).rounded() / 100),\(isRed ? 5 - row % 3 : 1 + row % 2),"
      text += "\(isRed ? "red" : "blue"),"
      text += row % 9 == 4 ? "\n" : "\(((2 * length + noise * noise) * 10).rounded() / 10)\n"
    }
    return text
  }()

  static let models = Result {
    let folder = try Scratch()
    try folder.write(table, to: "table.csv")
    for learner in ["mixture", "kernel", "network"] {
      let outcome = try OrnsteinProcess.run(
        ["fit", "table.csv", "-o", "\(learner).safetensors", "--learner", learner]
          + (learner == "network" ? ["--steps", "5"] : []), in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    try folder.write(
      """
      colour,weight,id,count,length
      ,12.5,a,,6.1
      blue,,b,1,3.02
      ,,c,,
      red,,d,4,

      """, to: "gaps.csv")
    try folder.write(
      "length,count,colour,weight\n3,1,red,6\n3,1,pink,6\n", to: "wrong.csv")
    try folder.write("length,count,colour\n3,1,red\n", to: "less.csv")
    return folder
  }

  @Test(arguments: ["mixture", "kernel"]) func fillsColumnsOfAModel(learner: String) throws {
    let folder = try Self.models.get()
    for options in [["--draws", "3"], ["--mean"], []] {
      let name = UUID().uuidString + ".csv"
      let outcome = try OrnsteinProcess.run(
        ["impute", "\(learner).safetensors", "gaps.csv", "-o", name] + options, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = try folder.read(name).split(separator: "\n").dropFirst()
      #expect(lines.count == (options.count == 2 ? 12 : 4))
      for (index, line) in lines.enumerated() {
        var cells = ImputeTests.cells(line)
        if options.count == 2 { cells.removeFirst(2) }
        #expect(cells[2] == ["a", "b", "c", "d"][index % 4])
        #expect(["red", "blue"].contains(cells[0]))
        #expect(cells[1].isEmpty == false && Double(cells[1]) != nil)
        #expect(Int(cells[3]).map { (1...5).contains($0) } ?? false)
        #expect(Double(cells[4]).map { (2.5...6.5).contains($0) } ?? false)
        if index % 4 == 0 {
          #expect(cells[0] == "red" && cells[1] == "12.5" && cells[4] == "6.1")
        }
        if index % 4 == 1 { #expect((Double(cells[1]) ?? 0) < 9) }
        if index % 4 == 3 { #expect((Double(cells[4]) ?? 0) > 4.5) }
      }
    }
  }

  @Test(arguments: ["mixture", "kernel"]) func drawsRowsOfAModel(learner: String) throws {
    let folder = try Self.models.get()
    func rows(_ options: String...) throws -> [String] {
      let name = UUID().uuidString + ".csv"
      let outcome = try OrnsteinProcess.run(
        [
          "sample", "\(learner).safetensors", "-o", name, "--where", "colour=blue,count=2",
          "--seed",
          "3",
        ] + options, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try folder.read(name).split(separator: "\n").map(String.init)
    }
    let all = try rows("-n", "600", "--threads", "1")
    #expect(all[0] == "length,count,colour,weight")
    #expect(try rows("-n", "600", "--threads", "2") == all)
    #expect(try rows("-n", "50", "--first-row", "400").dropFirst() == all[401...450])
    for row in all.dropFirst() {
      let cells = ImputeTests.cells(row[...])
      #expect(cells[1] == "2" && cells[2] == "blue")
      #expect(!cells[3].isEmpty)
    }
    let short = all.dropFirst().count { (Double(ImputeTests.cells($0[...])[0]) ?? 9) < 4.5 }
    #expect(short > 550)
  }

  @Test(
    arguments: [
      (
        ["sample", "network.safetensors", "-n", "5", "--where", "count=2"], 3,
        ["network", "mixture"]
      ),
      (
        ["sample", "mixture.safetensors", "-n", "5", "--where", "hue=2"], 2,
        ["\"hue\"", "\"count\""]
      ),
      (["sample", "mixture.safetensors", "-n", "5", "--where", "colour=pink"], 2, ["\"pink\""]),
      (["sample", "mixture.safetensors", "-n", "5", "--where", "count=many"], 2, ["\"many\""]),
      (["sample", "mixture.safetensors", "-n", "5", "--where", "count=2.5"], 2, ["2.5"]),
      (["impute", "network.safetensors", "gaps.csv"], 3, ["network", "mixture"]),
      (["impute", "mixture.safetensors", "wrong.csv"], 3, ["row 2", "\"colour\"", "\"pink\""]),
      (["impute", "mixture.safetensors", "less.csv"], 3, ["no column \"weight\""]),
    ] as [([String], Int32, [String])])
  func mistakesAreNamed(arguments: [String], status: Int32, says: [String]) throws {
    let folder = try Self.models.get()
    let outcome = try OrnsteinProcess.run(arguments + ["-o", "refused.csv"], in: folder)
    #expect(outcome.status == status, "\(outcome.errors)")
    for words in says { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
    #expect(!(try folder.names.contains("refused.csv")))
  }
}
