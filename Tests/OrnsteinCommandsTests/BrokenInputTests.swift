import Foundation
import Testing

/// Inputs that cannot be used: one clear sentence on standard error, the right exit code, and no
/// file left behind.
@Suite struct BrokenInputTests {
  /// A broken call: what lies in the folder, the words of the command, and how it must end.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var files: [String: String] = [:]
    var arguments: [String]
    var status: Int32
    /// What the sentence must say: where, what, and what to do.
    var says: [String]

    var testDescription: String { name }
  }

  static let rows = (0..<40).map { "\($0 % 7 + $0),\(Double($0) / 8)" }.joined(separator: "\n")
  static let table = "a,b\n" + rows + "\n"
  static let fit = ["fit", "table.csv", "-o", "model.safetensors", "--steps", "2"]
  static let target = """
    {"name": "two", "dimension": 2, "components": [
      {"weight": 1, "mean": [0, 0], "covariance": "identity"}]}
    """

  static func target(_ component: String) -> String {
    "{\"name\": \"bad\", \"dimension\": 2, \"components\": [\(component)]}"
  }

  static func sample(_ options: String...) -> [String] {
    ["sample", "target.json", "-n", "10", "-o", "new.csv"] + options
  }

  static let tables: [Case] = [
    Case(
      name: "absent table", arguments: fit, status: 3, says: ["\"table.csv\"", "no such file"]),
    Case(
      name: "empty table", files: ["table.csv": ""], arguments: fit, status: 3,
      says: ["\"table.csv\"", "empty"]),
    Case(
      name: "header without rows", files: ["table.csv": "a,b\n"], arguments: fit, status: 3,
      says: ["\"table.csv\"", "row"]),
    Case(
      name: "row with a cell too many", files: ["table.csv": table + "1,2,3\n"], arguments: fit,
      status: 3, says: ["\"table.csv\"", "line 42", "3", "2"]),
    Case(
      name: "quote that never ends", files: ["table.csv": table + "\"1,2\n"], arguments: fit,
      status: 3, says: ["line 42", "column \"a\"", "quote"]),
    Case(
      name: "word in a column of numbers", files: ["table.csv": table + "1,abc\n"],
      arguments: fit, status: 3, says: ["row 41", "column \"b\"", "\"abc\"", "not a number"]),
    Case(
      name: "infinite number", files: ["table.csv": table + "1,inf\n"], arguments: fit, status: 3,
      says: ["row 41", "column \"b\"", "inf"]),
    Case(
      name: "two columns of one name", files: ["table.csv": "a,a\n" + rows], arguments: fit,
      status: 3, says: ["\"table.csv\"", "\"a\""]),
    Case(
      name: "names instead of categories",
      files: [
        "table.csv": "a,b\n" + (0..<2100).map { "\($0),person \($0)" }.joined(separator: "\n")
      ], arguments: fit, status: 3, says: ["column \"b\"", "2100", "ignored"]),
    Case(
      name: "too few rows", files: ["table.csv": "a,b\n1,2\n3,5\n"], arguments: fit, status: 3,
      says: ["2 rows", "at least"]),
    Case(
      name: "nothing varies",
      files: ["table.csv": "a\n" + String(repeating: "1\n", count: 40)], arguments: fit, status: 3,
      says: ["constant", "nothing to learn"]),
    Case(
      name: "table of another kind", files: ["table.txt": table],
      arguments: ["fit", "table.txt", "-o", "model.safetensors"], status: 2,
      says: ["\"table.txt\"", ".csv", ".npy"]),
    Case(
      name: "array that is none", files: ["table.npy": table],
      arguments: ["fit", "table.npy", "-o", "model.safetensors"], status: 3,
      says: ["\"table.npy\""]),
    Case(
      name: "schema of a column that is not there",
      files: [
        "table.csv": table, "schema.json": #"{"columns": [{"name": "c", "kind": "continuous"}]}"#,
      ], arguments: fit + ["--schema", "schema.json"], status: 3, says: ["\"c\"", "\"a\""]),
    Case(
      name: "schema of fewer digits than none",
      files: [
        "table.csv": table, "schema.json": #"{"columns": [{"name": "b", "decimals": -1}]}"#,
      ], arguments: fit + ["--schema", "schema.json"], status: 3,
      says: ["\"schema.json\"", "\"b\"", "\"decimals\" must be 0 to 15"]),
    Case(
      name: "schema that names a column twice",
      files: [
        "table.csv": table,
        "schema.json": #"{"columns": [{"name": "b"}, {"name": "b", "kind": "ignored"}]}"#,
      ], arguments: fit + ["--schema", "schema.json"], status: 3,
      says: ["\"schema.json\"", "\"b\"", "twice"]),
    Case(
      name: "schema that ignores every column",
      files: [
        "table.csv": table,
        "schema.json":
          #"{"columns": [{"name": "a", "kind": "ignored"}, {"name": "b", "kind": "ignored"}]}"#,
      ], arguments: fit + ["--schema", "schema.json"], status: 3,
      says: ["\"schema.json\"", "no columns"]),
    Case(
      name: "samples without a column of the reference",
      files: ["new.csv": "a\n1\n2\n3\n", "table.csv": table],
      arguments: ["evaluate", "new.csv", "table.csv"], status: 3, says: ["\"new.csv\"", "\"b\""]),
    Case(
      name: "samples of two rows", files: ["new.csv": "a,b\n1,2\n2,3\n", "table.csv": table],
      arguments: ["evaluate", "new.csv", "table.csv"], status: 3,
      says: ["\"new.csv\"", "3 rows", "are 2"]),
    Case(
      name: "sample far from the reference",
      files: ["new.csv": "a,b\n1,2\n2,3\n4,-1e300\n", "table.csv": table],
      arguments: ["evaluate", "new.csv", "table.csv"], status: 3,
      says: ["\"new.csv\"", "row 3", "column \"b\"", "-1e+300"]),
    Case(
      name: "spelling of no number", files: ["table.csv": table + "1,-nan\n"], arguments: fit,
      status: 3, says: ["row 41", "column \"b\"", "\"-nan\"", "not a number"]),
  ]

  static let models: [Case] = [
    Case(
      name: "model that is none", files: ["model.safetensors": table],
      arguments: ["sample", "model.safetensors", "-n", "10", "-o", "new.csv"], status: 3,
      says: ["\"model.safetensors\""]),
    Case(
      name: "safetensors of someone else",
      files: ["model.safetensors": "\u{2}\0\0\0\0\0\0\0{}"],
      arguments: ["sample", "model.safetensors", "-n", "10", "-o", "new.csv"], status: 3,
      says: ["\"model.safetensors\"", "ornstein"]),
    Case(
      name: "target that is no JSON", files: ["target.json": "{"], arguments: sample(), status: 3,
      says: ["\"target.json\"", "JSON"]),
    Case(
      name: "weights that do not sum to one",
      files: [
        "target.json": target(#"{"weight": 0.5, "mean": [0, 0], "covariance": "identity"}"#)
      ], arguments: sample(), status: 3, says: ["\"target.json\"", "sum"]),
    Case(
      name: "mean of another dimension",
      files: ["target.json": target(#"{"weight": 1, "mean": [0], "covariance": "identity"}"#)],
      arguments: sample(), status: 3, says: ["\"target.json\"", "component 0"]),
    Case(
      name: "covariance of no kind",
      files: ["target.json": target(#"{"weight": 1, "mean": [0, 0], "covariance": "unit"}"#)],
      arguments: sample(), status: 3,
      says: ["\"target.json\", components[0].covariance", "\"unit\" is not \"identity\""]),
    Case(
      name: "covariance that is not positive",
      files: [
        "target.json": target(
          #"{"weight": 1, "mean": [0, 0], "covariance": {"full": [[1, 2], [2, 1]]}}"#)
      ], arguments: sample(), status: 3, says: ["\"target.json\"", "component 0"]),
  ]

  static let options: [Case] = [
    Case(
      name: "unknown sampler", files: ["target.json": target],
      arguments: sample("--sampler", "leapfrog"), status: 2, says: ["leapfrog", "ancestral"]),
    Case(
      name: "no steps", files: ["target.json": target], arguments: sample("--steps", "0"),
      status: 2, says: ["0", "step"]),
    Case(
      name: "unknown grid", files: ["target.json": target], arguments: sample("--grid", "log"),
      status: 2, says: ["log", "log-snr"]),
    Case(
      name: "stop above the horizon", files: ["target.json": target],
      arguments: sample("--horizon", "1", "--stop", "2"), status: 2, says: ["1", "2"]),
    Case(
      name: "negative number of rows", files: ["target.json": target],
      arguments: ["sample", "target.json", "-n=-5", "-o", "new.csv"], status: 2, says: ["-5"]),
    Case(
      name: "option of another sampler", files: ["target.json": target],
      arguments: sample("--sampler", "ddpm", "--eta", "0.5"), status: 2, says: ["eta", "ddpm"]),
    Case(
      name: "number that is none", files: ["target.json": target],
      arguments: sample("--steps", "many"), status: 2, says: ["many"]),
    Case(
      name: "unknown option", files: ["table.csv": table], arguments: fit + ["--speed"], status: 2,
      says: ["--speed"]),
    Case(
      name: "learning rate below zero", files: ["table.csv": table],
      arguments: fit + ["--learning-rate=-1"], status: 2, says: ["--learning-rate", "-1"]),
    Case(
      name: "no hidden layer", files: ["table.csv": table], arguments: fit + ["--layers", "0"],
      status: 2, says: ["--layers is 0", "between"]),
    Case(
      name: "training that overflows", files: ["table.csv": table],
      arguments: fit + ["--steps", "200", "--learning-rate", "1e30"], status: 1,
      says: ["step", "smaller learning rate"]),
    Case(
      name: "output of another kind", files: ["target.json": target],
      arguments: ["sample", "target.json", "-n", "10", "-o", "new.txt"], status: 2,
      says: ["new.txt", ".csv"]),
    Case(
      name: "output in a folder that is not there", files: ["target.json": target],
      arguments: ["sample", "target.json", "-n", "10", "-o", "absent/new.csv"], status: 1,
      says: ["absent/new.csv", "folder"]),
    Case(
      name: "log in a folder that is not there", files: ["table.csv": table],
      arguments: fit + ["--log", "absent/log.jsonl"], status: 1,
      says: ["absent/log.jsonl", "folder"]),
    Case(
      name: "model in a folder that is not there", files: ["table.csv": table],
      arguments: ["fit", "table.csv", "-o", "absent/model.safetensors", "--steps", "2"],
      status: 1, says: ["absent/model.safetensors", "folder"]),
    Case(
      name: "model without a name", files: ["table.csv": table],
      arguments: ["fit", "table.csv", "-o", "", "--steps", "2"], status: 1,
      says: ["name is empty"]),
    Case(
      name: "page in a folder that is not there", files: ["target.json": target],
      arguments: sample("--report", "absent/page.html"), status: 1,
      says: ["absent/page.html", "folder"]),
    Case(
      name: "rows beyond all counting", files: ["target.json": target],
      arguments: ["sample", "target.json", "-n", "999999999999999999", "-o", "new.csv"], status: 2,
      says: ["-n is 999999999999999999"]),
    Case(
      name: "rows and their record on standard output", files: ["target.json": target],
      arguments: ["sample", "target.json", "-n", "10", "-o", "-", "--json"], status: 2,
      says: ["-o -", "--json"]),
    Case(
      name: "directions of a comparison with rows", files: ["table.csv": table],
      arguments: ["evaluate", "table.csv", "table.csv", "--directions", "3"], status: 2,
      says: ["--directions", "--against"]),
    Case(
      name: "repetitions of a comparison with rows", files: ["table.csv": table],
      arguments: ["evaluate", "table.csv", "table.csv", "--repetitions", "3"], status: 2,
      says: ["--repetitions", "--against"]),
    Case(
      name: "samples and ways in one file", files: ["target.json": target],
      arguments: [
        "sample", "target.json", "-n", "10", "-o", "new.npy", "--save-trajectory", "new.npy",
      ], status: 2, says: ["--save-trajectory", "new.npy"]),
  ]

  @Test(arguments: tables + models + options) func isRefused(_ broken: Case) throws {
    let folder = try Scratch()
    for (name, text) in broken.files { try folder.write(text, to: name) }
    let outcome = try OrnsteinProcess.run(broken.arguments, in: folder)
    #expect(outcome.status == broken.status, "\(outcome.errors)")
    expectOneSentence(outcome, says: broken.says)
    #expect(outcome.output.isEmpty)
    #expect(try folder.names == Set(broken.files.keys))
  }

  /// The reason is the only line that begins with the command's name, and ends as a sentence does.
  func expectOneSentence(_ outcome: OrnsteinProcess.Outcome, says: [String]) {
    let reasons = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("ornstein: ") }
    #expect(reasons.count == 1, "\(outcome.errors)")
    let reason = reasons.first.map(String.init) ?? ""
    for words in says { #expect(reason.contains(words), "\(outcome.errors)") }
    for trace in ["Fatal error", "Stack dump", "DecodingError", "Optional("] {
      #expect(!outcome.errors.contains(trace), "\(outcome.errors)")
    }
  }

  @Test(arguments: [10, 60, 200]) func truncatedArrayIsRefused(bytes: Int) throws {
    let folder = try Scratch()
    try folder.write(Self.target, to: "target.json")
    let made = try OrnsteinProcess.run(
      ["sample", "target.json", "-n", "20", "-o", "new.npy"], in: folder)
    #expect(made.status == 0, "\(made.errors)")
    try folder.write(Array(try folder.bytes("new.npy").prefix(bytes)), to: "cut.npy")
    let before = try folder.names
    let outcome = try OrnsteinProcess.run(
      ["fit", "cut.npy", "-o", "model.safetensors"], in: folder)
    #expect(outcome.status == 3)
    expectOneSentence(outcome, says: ["\"cut.npy\""])
    #expect(try folder.names == before)
  }

  @Test func outputWithoutPermissionIsRefused() throws {
    let folder = try Scratch()
    try folder.write(Self.target, to: "target.json")
    // The superuser may write anywhere, so the command runs as nobody there.
    let outcome = try OrnsteinProcess.shell(
      """
      mkdir locked open && chmod 555 locked && chmod 755 . && cp "$ORNSTEIN" open/ornstein
      user=""
      if [ "$(id -u)" = 0 ]; then
        user="setpriv --reuid=65534 --regid=65534 --clear-groups"
      fi
      $user open/ornstein sample target.json -n 10 -o locked/new.csv
      status=$?
      ls -A locked >&2
      exit $status
      """, in: folder)
    #expect(outcome.status == 1, "\(outcome.errors)")
    expectOneSentence(outcome, says: ["locked/new.csv", "permission denied"])
    #expect(!outcome.errors.contains("partial"))
  }

  @Test func closedPipeIsAnError() throws {
    let folder = try Scratch()
    try folder.write(Self.target, to: "target.json")
    let outcome = try OrnsteinProcess.shell(
      """
      set -o pipefail
      "$ORNSTEIN" sample target.json -n 500000 --steps 2 -o - | head -n 2
      """, in: folder)
    #expect(outcome.status == 1)
    #expect(outcome.output.hasPrefix("x0,x1\n"))
    expectOneSentence(outcome, says: ["standard output", "stopped"])
    #expect(try folder.names == ["target.json"])
  }

  @Test func fullDiskIsAnErrorOnAPipe() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let folder = try Scratch()
    try folder.write(Self.target, to: "target.json")
    let outcome = try OrnsteinProcess.shell(
      "\"$ORNSTEIN\" sample target.json -n 1000 -o - > /dev/full", in: folder)
    #expect(outcome.status == 1)
    expectOneSentence(outcome, says: ["standard output", "disk is full"])
  }

  @Test func fullDiskLeavesNoFile() throws {
    let folder = try Scratch()
    try folder.write(Self.target, to: "target.json")
    // A limit on the size of files stands in for a full disk: writing fails part-way.
    let outcome = try OrnsteinProcess.shell(
      """
      ulimit -f 64
      trap '' XFSZ
      "$ORNSTEIN" sample target.json -n 200000 --steps 2 -o new.csv
      """, in: folder)
    #expect(outcome.status == 1, "\(outcome.errors)")
    expectOneSentence(outcome, says: ["\"new.csv\""])
    #expect(try folder.names == ["target.json"])
  }

  @Test func failureLeavesTheOldFileAsItWas() throws {
    let folder = try Scratch()
    try folder.write(Self.target, to: "target.json")
    try folder.write("old\n", to: "new.csv")
    let outcome = try OrnsteinProcess.shell(
      """
      ulimit -f 64
      trap '' XFSZ
      "$ORNSTEIN" sample target.json -n 200000 --steps 2 -o new.csv
      """, in: folder)
    #expect(outcome.status == 1)
    #expect(try folder.read("new.csv") == "old\n")
    #expect(try folder.names == ["target.json", "new.csv"])
  }
}
