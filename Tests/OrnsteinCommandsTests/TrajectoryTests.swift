import Foundation
import Ornstein
import Testing

/// `sample --save-trajectory` and `--report`.
@Suite struct TrajectoryTests {
  static let options = ["-n", "300", "--steps", "7", "--sampler", "ddim", "--seed", "4"]

  @Test(arguments: ["target.json", "model.safetensors"])
  func waysEndInTheSamples(source: String) throws {
    let folder = source == "target.json" ? try SampleTests.folder() : try SampleTests.model.get()
    let outcome = try OrnsteinProcess.run(
      ["sample", source, "-o", "ways.csv", "--save-trajectory", "ways.npy"] + Self.options,
      in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let plain = try OrnsteinProcess.run(
      ["sample", source, "-o", "plain.csv"] + Self.options, in: folder)
    #expect(plain.status == 0)
    #expect(try folder.read("ways.csv") == folder.read("plain.csv"))
    let header = try #require(
      String(bytes: folder.bytes("ways.npy").dropFirst(10).prefix(100), encoding: .ascii))
    // Eight levels, the last of them the stop, and the finished points.
    #expect(header.contains("'shape': (300, 9, "), "\(header)")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(folder.bytes("ways.csv.json"))) as? [String: Any])
    let levels = (record["trajectory"] as? [String: Any])?["levels"] as? [[String: Double]]
    let sigmas = try #require(levels).compactMap { $0["sigma"] }
    #expect(sigmas.count == 8)
    #expect(sigmas == sigmas.sorted(by: >))
  }

  @Test func reportsShowTheFlow() throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "-o", "new.csv", "--report", "flow.html"] + Self.options,
      in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let page = try folder.read("flow.html")
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    #expect(page.contains("ddim (eta 0)"))
    #expect(page.components(separatedBy: "<svg").count == 8)
    #expect(!page.contains("nan"))
  }

  @Test(arguments: [
    ["--save-trajectory", "ways.csv"], ["--report", "flow.pdf"],
    ["--snr", "0.1"], ["--process-option", "beta-min=1"],
    ["--sampler-option", "eta"], ["--sampler", "ddim", "--sampler-option", "warp=1"],
    ["--sampler", "ddim", "--sampler-option", "eta=0.1", "--sampler-option", "eta=0.2"],
    ["--corrector", "warp"], ["--grid", "uniform", "--rho", "3"],
    ["--sampler", "ddim", "--predictor", "ddim"],
  ])
  func badOptionsLeaveNothing(options: [String]) throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "-n", "5", "-o", "new.csv"] + options, in: folder)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(!outcome.reason.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["target.json"])
  }
}
