import Foundation
import Testing

/// `sample --grid optimal` as a process.
@Suite struct OptimalGridCommandTests {
  func plan(_ name: String, in folder: Scratch) throws -> [String: Any] {
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(folder.bytes(name + ".json"))) as? [String: Any])
    return try #require(record["plan"] as? [String: Any])
  }

  @Test(arguments: ["ddpm", "ddpm-relative", "ancestral", "ddpm-noise"])
  func recordsTheTimes(_ sampler: String) throws {
    let folder = try SampleTests.folder()
    func draw(_ name: String, _ options: [String]) throws -> [UInt8] {
      let outcome = try OrnsteinProcess.run(
        ["sample", "target.json", "-n", "300", "-o", name, "--sampler", sampler, "--steps", "9"]
          + ["--grid", "optimal"] + options, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try folder.bytes(name)
    }
    let first = try draw("a.csv", ["--threads", "1"])
    #expect(try draw("b.csv", ["--threads", "2"]) == first)
    let grid = try #require(try plan("a.csv", in: folder)["grid"] as? [String: Any])
    #expect(grid["kind"] as? String == "custom" && grid["steps"] as? Int == 9)
    let times = try #require(grid["times"] as? [Double])
    #expect(times.count == 10 && times[0] == 5 && times[9] == 1e-4)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func modelsMeasureThemselves() throws {
    let folder = try SampleTests.model.get()
    let outcome = try OrnsteinProcess.run(
      [
        "sample", "model.safetensors", "-n", "50", "-o", "optimal.csv", "--steps", "12", "--grid",
        "optimal", "--process", "ve",
      ], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let grid = try #require(try plan("optimal.csv", in: folder)["grid"] as? [String: Any])
    #expect((grid["times"] as? [Double])?.count == 13)
  }

  @Test(arguments: [
    (["--sampler", "dpm++2m"], "take one of ddpm, ddpm-relative, ancestral, ddpm-noise"),
    ([], "\"ode\""),
    (["--sampler", "ddpm", "--corrector", "langevin"], "leave \"langevin\" out"),
    (["--sampler", "ddpm", "--steps", "4000"], "between 1 and 2048"),
    (["--sampler", "ddpm", "--rho", "3"], "rho"),
  ])
  func whatHasNoOptimalGridIsRefused(_ options: [String], _ words: String) throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "-n", "5", "-o", "new.csv", "--grid", "optimal"] + options,
      in: folder)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.reason.contains(words), "\(outcome.reason)")
    #expect(try folder.names == ["target.json"])
  }
}
