import Foundation
import Ornstein
import Testing

/// `sample --save-trajectory` and `--report` with discrete states and in phase space.
@Suite struct SpecialTrajectoryTests {
  /// The numbers of an array of `<f8`, and its shape as it is written.
  struct NumPyArray {
    var shape: String
    var numbers: [Double]

    init(_ bytes: [UInt8]) throws {
      let length = Int(bytes[8]) + 256 * Int(bytes[9])
      let header = try #require(String(bytes: bytes[10..<10 + length], encoding: .ascii))
      #expect(header.contains("'<f8'"), "\(header)")
      let start = try #require(header.range(of: "'shape': "))
      shape = String(header[start.upperBound...].prefix { $0 != ")" }) + ")"
      numbers = stride(from: 10 + length, to: bytes.count, by: 8).map { first in
        Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[first + $1]) << (8 * $1) })
      }
    }
  }

  /// Draws with a trajectory, in one block and in parts, with one thread and with two.
  func ways(
    _ arguments: [String], rows: Int, in folder: Scratch
  ) throws -> (array: NumPyArray, samples: [[Double]], record: [String: Any]) {
    func draw(_ name: String, _ options: [String]) throws -> [UInt8] {
      let outcome = try OrnsteinProcess.run(
        ["sample"] + arguments + ["-n", "\(rows)", "-o", name] + options, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try folder.bytes(name)
    }
    let plain = try draw("plain.csv", [])
    #expect(try draw("one.csv", ["--save-trajectory", "one.npy", "--threads", "1"]) == plain)
    #expect(try draw("two.csv", ["--save-trajectory", "two.npy", "--threads", "2"]) == plain)
    #expect(try folder.bytes("one.npy") == folder.bytes("two.npy"))
    _ = try draw("late.csv", ["--save-trajectory", "late.npy", "--first-row", "7"])
    let array = try NumPyArray(folder.bytes("one.npy"))
    let late = try NumPyArray(folder.bytes("late.npy"))
    let width = array.numbers.count / rows
    #expect(Array(late.numbers.dropLast(7 * width)) == Array(array.numbers.dropFirst(7 * width)))
    let samples = try folder.read("plain.csv").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(folder.bytes("one.csv.json"))) as? [String: Any])
    return (array, samples, try #require(record["trajectory"] as? [String: Any]))
  }

  @Test(arguments: [
    ("tau-leaping", "uniform"), ("tau-leaping", "absorbing"), ("euler", "absorbing"),
    ("unmasking", "absorbing"), ("one-at-a-time", "absorbing"), ("uniformization", "uniform"),
    ("uniformization", "absorbing"),
  ])
  func discreteWaysEndInTheSamples(_ method: String, _ process: String) throws {
    let folder = try MethodInputTests.folder()
    let (array, samples, record) = try ways(
      ["pairs.json", "--sampler", method, "--process", process, "--steps", "6", "--seed", "3"],
      rows: 500, in: folder)
    #expect(array.shape == "(500, 8, 2)")
    #expect(record["columns"] as? [String] == ["x0", "x1"] && record["levels"] == nil)
    let times = try #require(record["times"] as? [Double])
    #expect(times.count == 7 && times[0] == 8 && times == times.sorted(by: >))
    for (row, sample) in samples.enumerated() {
      for state in [6, 7] {
        #expect(Array(array.numbers[(row * 8 + state) * 2..<(row * 8 + state) * 2 + 2]) == sample)
      }
      if process == "absorbing" {
        // All is masked at the horizon, and what is unmasked stays as it is.
        for coordinate in 0..<2 {
          let way = (0..<8).map { array.numbers[(row * 8 + $0) * 2 + coordinate] }
          #expect(way[0] == 2)
          #expect(zip(way, way.dropFirst()).allSatisfy { $0 == 2 || $0 == $1 })
        }
      }
    }
  }

  @Test(arguments: ["critically-damped", "symmetric-splitting"])
  func phaseSpaceWaysEndInTheSamples(_ method: String) throws {
    let folder = try MethodInputTests.folder()
    let (array, samples, record) = try ways(
      ["target.json", "--sampler", method, "--steps", "6", "--seed", "3"], rows: 300, in: folder)
    #expect(array.shape == "(300, 8, 6)")
    #expect(record["columns"] as? [String] == ["x0", "x1", "x2", "v0", "v1", "v2"])
    let levels = try #require(record["levels"] as? [[String: Double]])
    #expect(levels.count == 7)
    let sigmas = levels.compactMap { $0["sigma"] }
    #expect(sigmas.count == 7 && sigmas == sigmas.sorted(by: >) && sigmas[6] == 0)
    for (row, sample) in samples.enumerated() {
      for state in [6, 7] {
        let first = (row * 8 + state) * 6
        #expect(Array(array.numbers[first..<first + 3]) == sample)
      }
    }
  }

  func page(_ arguments: [String]) throws -> String {
    let folder = try MethodInputTests.folder()
    try folder.write(
      #"{"name": "line", "dimension": 1, "components": [{"weight": 0.5, "mean": [-2], "#
        + #""covariance": "identity"}, "#
        + #"{"weight": 0.5, "mean": [2], "covariance": "identity"}]}"#, to: "line.json")
    let outcome = try OrnsteinProcess.run(
      ["sample", "-n", "600", "-o", "new.csv", "--report", "flow.html", "--steps", "9"] + arguments,
      in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let text = try folder.read("flow.html")
    #expect(text.hasPrefix("<!DOCTYPE html>"))
    #expect(!text.contains("nan") && !text.contains(">inf"))
    return text
  }

  func pictures(_ page: String) -> Int { page.components(separatedBy: "<svg").count - 1 }

  @Test(arguments: ["tau-leaping", "unmasking", "uniformization", "one-at-a-time"])
  func discretePagesShowTheExactLaw(_ method: String) throws {
    let text = try page(["pairs.json", "--sampler", method])
    // Two pictures for each coordinate, three of the levels.
    #expect(pictures(text) == 7)
    for word in ["x1, rows", "x1, exact law", "2 (mask)", "exact at the stop", "0, 0"] {
      #expect(text.contains(word), "\(word)")
    }
  }

  /// The example of a discrete law: three coordinates of three states.
  @Test func theExampleIsDrawn() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Examples/DiscreteTargets/potts_d3.json").path
    let text = try page([path, "--sampler", "tau-leaping", "--process", "uniform"])
    #expect(pictures(text) == 9)
    #expect(text.contains("0, 0, 0") && !text.contains("mask"))
  }

  /// Difference of the shares from the exact law at the stop, in standard errors, on the page itself.
  ///
  /// 6 standard errors for each of 12 numbers: false-alarm rate 3e-8.
  @Test func sharesOfThePageAreThoseOfTheLaw() throws {
    let text = try page([
      "pairs.json", "--sampler", "uniformization", "--process", "uniform", "--initial", "exact",
      "--grid", "geometric", "--stop", "0.1",
    ])
    let rows = text.components(separatedBy: "<tr>").filter { $0.contains("<td>") }
    let shares = rows.filter { $0.contains("<th scope=\"row\">x") }.compactMap { row in
      row.components(separatedBy: "<td>").dropFirst().map { String($0.prefix { $0 != "<" }) }
    }
    #expect(shares.count == 4)
    // P(0) = e^-t 0.75 + (1 - e^-t) / 2.
    let exact = 0.5 + 0.25 * Foundation.exp(-0.1)
    for cells in shares {
      let expected = cells[0] == "0" ? exact : 1 - exact
      #expect(abs((Double(cells[2]) ?? 0) - expected) < 1e-4)
      let error = (expected * (1 - expected) / 600).squareRoot()
      #expect(abs((Double(cells[1]) ?? 0) - expected) < 6 * error)
      #expect(abs(Double(cells[3]) ?? 99) < 6)
    }
  }

  @Test func phaseSpacePagesShowVelocities() throws {
    let line = try page(["line.json", "--sampler", "critically-damped"])
    // The ways with the exact density below, six pairs of position and velocity, the levels.
    #expect(pictures(line) == 8)
    #expect(line.contains("Shaded: the exact density") && line.contains(">v0<"))
    let plane = try page(["target.json", "--sampler", "sscs", "--sampler-option", "mass=0.5"])
    #expect(pictures(plane) == 13)
    #expect(plane.contains("mass 0.5") && plane.contains("symmetric-splitting"))
  }
}
