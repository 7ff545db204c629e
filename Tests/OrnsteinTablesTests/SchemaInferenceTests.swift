import OrnsteinTables
import Testing

@Suite struct SchemaInferenceTests {
  private func schema(_ csv: String, _ hints: [SchemaHints.Hint] = []) throws -> Schema {
    try Schema(of: Table(csv: Array(csv.utf8)), following: SchemaHints(hints))
  }

  private func kinds(_ schema: Schema) -> [String: ColumnKindName] {
    Dictionary(uniqueKeysWithValues: schema.columns.map { ($0.name, $0.kindName) })
  }

  @Test func guessesKinds() throws {
    let found = try schema(
      """
      real,whole,flag,two,few,none,one
      1.5,3,0,yes,a,,7
      2,4,1,no,b,,7
      3,5,1,yes,c,,7
      4,-6,0,no,a,,7
      5,7,1,yes,b,,7
      6,7,1,yes,c,,7
      """)
    #expect(
      kinds(found) == [
        "real": .continuous, "whole": .integer, "flag": .boolean, "two": .boolean,
        "few": .categorical, "none": .empty, "one": .integer,
      ])
    #expect(found.dimension == 1 + 1 + 1 + 1 + 3 + 0 + 0)
    #expect(
      found.columns[3].kind
        == .boolean([Category(value: "no", count: 2), Category(value: "yes", count: 4)]))
  }

  @Test(arguments: Excerpt.allCases)
  func guessesRealTables(_ excerpt: Excerpt) throws {
    let found = try Schema(
      of: Table(csv: Array(excerpt.csv.utf8)), following: SchemaHints(excerpt.hints))
    for (name, period) in excerpt.angles {
      guard case .angle(let range)? = found.columns.first(where: { $0.name == name })?.kind else {
        Issue.record("\(name) is no angle")
        continue
      }
      #expect(range.period == period)
    }
    #expect(try Schema(json: found.json.utf8) == found)
  }

  @Test func countsMissingCellsAndCategories() throws {
    let found = try Schema(of: Table(csv: Array(Excerpt.penguins.csv.utf8)))
    let rows = Excerpt.penguins.csv.split(separator: "\n").dropFirst()
    let sexes = rows.map { $0.split(separator: ",", omittingEmptySubsequences: false)[6] }
    let sex = try #require(found.columns.first { $0.name == "sex" })
    #expect(sex.missing == sexes.count { $0.isEmpty })
    #expect(
      sex.kind
        == .boolean([
          Category(value: "female", count: sexes.count { $0 == "female" }),
          Category(value: "male", count: sexes.count { $0 == "male" }),
        ]))
    #expect(found.rows == rows.count)
  }

  @Test(arguments: [
    ("0.1\n0.30000000000000004\n-2.25", 2), ("0.1\n0.123456789012", 12),
    ("0.1\n0.1234567890123456789", nil), ("17.0000000000000000\n18.5", 1),
  ])
  func digitsOfBinaryRoundingDoNotCount(_ rows: String, _ decimals: Int?) throws {
    guard case .continuous(let range) = try schema("x\n" + rows).columns[0].kind else {
      Issue.record("x is not continuous")
      return
    }
    #expect(range.print.decimals == decimals)
  }

  @Test func namesColumnsThatAreNames() throws {
    let names = (0..<40).map { "name\($0),\($0 % 3)" }.joined(separator: "\n")
    #expect(
      throws: TableError.tooManyCategories(
        file: "", column: "id", distinct: 40, rows: 40, example: "name0")
    ) { try schema("id,x\n" + names) }
    let ignored = try schema("id,x\n" + names, [.init(name: "id", kind: .ignored)])
    #expect(ignored.columns.map(\.name) == ["x"])
    let kept = try schema("id,x\n" + names, [.init(name: "id", kind: .categorical)])
    #expect(kept.dimension == 41)
  }

  @Test func namesASlipInAColumnOfNumbers() throws {
    let rows = (0..<40).map { $0 == 16 ? "1.2.3" : "\($0).5" }.joined(separator: "\n")
    #expect(throws: TableError.almostNumeric(file: "", column: "x", row: 17, text: "1.2.3")) {
      try schema("x\n" + rows)
    }
    #expect(throws: TableError.notNumber(file: "", row: 17, column: "x", text: "1.2.3")) {
      try schema("x\n" + rows, [.init(name: "x", kind: .continuous)])
    }
  }

  @Test func hintsComeFirst() throws {
    let csv = "a,b,c\n1,10,x\n2,20,y\n3,350,x\n"
    let found = try schema(
      csv,
      [
        .init(name: "a", kind: .categorical, categories: ["3", "2", "1", "0"]),
        .init(name: "b", kind: .angle, period: 360),
        .init(name: "c", kind: .categorical),
      ])
    #expect(
      found.columns[0].kind
        == .categorical([
          Category(value: "3", count: 1), Category(value: "2", count: 1),
          Category(value: "1", count: 1), Category(value: "0", count: 0),
        ]))
    #expect(found.dimension == 4 + 2 + 2)
    let bounded = try schema(csv, [.init(name: "b", minimum: 0, maximum: 400)])
    guard case .integer(let range) = bounded.columns[1].kind else {
      Issue.record("b is no integer")
      return
    }
    #expect(range.minimum == 0 && range.maximum == 400)
  }

  @Test(arguments: [
    SchemaHints.Hint(name: "d"), .init(name: "a", kind: .angle), .init(name: "a", maximum: 2),
    .init(name: "a", kind: .categorical, categories: ["1", "2"]), .init(name: "c", kind: .integer),
    .init(name: "a", kind: .boolean),
  ])
  func hintsThatContradictTheTableAreErrors(_ hint: SchemaHints.Hint) {
    let error = #expect(throws: TableError.self) { try schema("a,c\n1,x\n2,y\n3,x\n4,y\n", [hint]) }
    #expect(error?.description.contains("\"\(hint.name)\"") == true)
  }

  @Test func hintsReadLooseJSON() throws {
    let json = """
      {"name": "set", "columns": [
        {"name": "a", "kind": "angle", "unit": "degree", "period": 360, "missing": 0},
        {"name": "b", "categories": ["x", 1, {"value": "y"}]},
        {"name": "c", "transform": {"kind": "linear", "center": 0, "scale": 1}},
        {"name": "d", "transform": "quantile"}]}
      """
    let hints = try SchemaHints(json: json.utf8)
    #expect(
      hints.columns == [
        .init(name: "a", kind: .angle, period: 360), .init(name: "b", categories: ["x", "1", "y"]),
        .init(name: "c", transform: .linear), .init(name: "d", transform: .quantile),
      ])
  }

  @Test(arguments: [
    ("{", "JSON"), ("{}", "absent"), ("{\"version\": 2}", "version 2"),
    ("{\"version\": 1, \"rows\": 1, \"columns\": []}", "no columns"),
    ("{\"version\":1,\"rows\":1,\"columns\":[{\"name\":\"a\",\"kind\":\"real\"}]}", "not allowed"),
    (
      "{\"version\":1,\"rows\":1,\"columns\":[{\"name\":\"a\",\"kind\":\"categorical\","
        + "\"categories\":[{\"value\":\"x\",\"count\":1},{\"value\":\"x\",\"count\":1}]}]}", "twice"
    ),
    (
      "{\"version\":1,\"rows\":1,\"columns\":[{\"name\":\"a\",\"kind\":\"angle\",\"period\":0,"
        + "\"minimum\":0}]}", "period"
    ),
  ])
  func namesWhatIsWrongInASchemaFile(_ json: String, _ word: String) throws {
    let error = try #require(throws: TableError.self) { try Schema(json: json.utf8, source: "s") }
    #expect(error.description.contains(word))
    #expect(error.description.contains("\"s\""))
  }
}

extension Excerpt {
  var hints: [SchemaHints.Hint] {
    angles.sorted { $0.key < $1.key }.map { .init(name: $0.key, kind: .angle, period: $0.value) }
  }
}
