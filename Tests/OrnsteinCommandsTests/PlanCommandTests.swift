import Foundation
import Testing

/// `plan`, and `sample` by what it found, as processes.
@Suite struct PlanCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func theSamePlanFromAFileOrAnError() throws {
    let folder = try SampleTests.folder()
    let planned = try OrnsteinProcess.run(
      ["plan", "target.json", "--error", "0.05", "-o", "plan.json", "--json"], in: folder)
    #expect(planned.status == 0, "\(planned.errors)")
    let answer = try object(planned.output)
    let budget = try #require(answer["budget"] as? [String: Any])
    let whole = try #require(budget["whole"] as? [String: Any])
    let value = try #require(whole["value"] as? Double)
    let error = try #require(whole["standard_error"] as? Double)
    #expect(value + 3 * error <= 0.05)
    for (name, options) in [("a.csv", ["--plan", "plan.json"]), ("b.csv", ["--error", "0.05"])] {
      let outcome = try OrnsteinProcess.run(
        ["sample", "target.json", "-n", "200", "-o", name] + options, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try folder.bytes("a.csv") == folder.bytes("b.csv"))
    // The record beside samples is a plan too, and a seed of one's own goes with it.
    let again = try OrnsteinProcess.run(
      ["sample", "target.json", "-n", "200", "-o", "c.csv", "--plan", "a.csv.json"], in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try folder.bytes("c.csv") == folder.bytes("a.csv"))
    let other = try OrnsteinProcess.run(
      [
        "sample", "target.json", "-n", "200", "-o", "d.csv", "--plan", "plan.json", "--seed", "5",
      ], in: folder)
    #expect(other.status == 0, "\(other.errors)")
    #expect(try folder.bytes("d.csv") != folder.bytes("a.csv"))
  }

  @Test func comparesAndReports() throws {
    let folder = try SampleTests.folder()
    let table = try OrnsteinProcess.run(
      ["plan", "target.json", "--steps", "10", "--compare"], in: folder)
    #expect(table.status == 0, "\(table.errors)")
    for name in ["ode", "dpm++2m", "ddpm", "ancestral", "ddim", "edm"] {
      #expect(table.output.contains("\n\(name) "), "\(table.output)")
    }
    for sampler in ["ode", "ddpm"] {
      let page = try OrnsteinProcess.run(
        [
          "plan", "target.json", "--steps", "12", "--sampler", sampler, "--report", "page.html",
        ], in: folder)
      #expect(page.status == 0, "\(page.errors)")
      let html = String(decoding: try folder.bytes("page.html"), as: UTF8.self)
      for heading in ["Budget", "Error against evaluations", "Grid"] {
        #expect(html.contains("<h2>\(heading)</h2>"))
      }
      #expect(!html.contains("nan") && html.hasPrefix("<!DOCTYPE html>"))
    }
  }

  @Test func modelsSayWhatIsUnknown() throws {
    let folder = try SampleTests.model.get()
    let outcome = try OrnsteinProcess.run(
      ["plan", "model.safetensors", "--steps", "15"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("Unknown: score"), "\(outcome.output)")
  }

  @Test func whatCannotBeMetHasItsOwnCode() throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(
      [
        "plan", "target.json", "--error", "0.001", "--stop", "0.2", "--sampler", "dpm++2m", "-o",
        "plan.json",
      ], in: folder)
    #expect(outcome.status == 4)
    #expect(outcome.reason.contains("early stopping"), "\(outcome.reason)")
    #expect(try folder.names == ["target.json"])
  }

  @Test(
    arguments: [
      ([], 2, "either --steps or --error"), (["--steps", "0"], 2, "--steps is 0"),
      (["--error", "2"], 2, "at most 1"), (["--error=-1", "--metric", "kl"], 2, "above 0"),
      (["--error", "0.1", "--metric", "fid"], 2, "--metric is \"fid\""),
      (["--steps", "5", "--sampler", "euler-maruyama"], 2, "draws noise"),
      (["--steps", "5", "--sampler", "unheard"], 2, "unheard"),
      (["--error", "0.1", "--compare"], 2, "--compare needs --steps"),
      (["--steps", "5", "--compare", "--sampler", "ddim"], 2, "leave --sampler out"),
      (["--steps", "5", "--compare", "--report", "page.html"], 2, "no plan to report on"),
      (["--steps", "5", "--report", "page.txt"], 2, "must end in .html"),
      (["--steps", "5", "--process", "unheard"], 2, "unheard"),
    ] as [([String], Int32, String)])
  func badUsageIsNamed(_ options: [String], _ status: Int32, _ words: String) throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(["plan", "target.json"] + options, in: folder)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(try folder.names == ["target.json"])
  }

  @Test(
    arguments: [
      (["--plan", "absent.json"], 3, "absent.json"),
      (["--plan", "target.json"], 3, "holds no plan"),
      (["--plan", "p.json", "--error", "0.1"], 2, "give one of them"),
      (["--error", "0.1", "--steps", "5"], 2, "--steps means nothing"),
      (["--plan", "p.json", "--sampler", "ode"], 2, "--sampler means nothing"),
      (["--metric", "kl"], 2, "give --error too"),
    ] as [([String], Int32, String)])
  func badPlansAreNamed(_ options: [String], _ status: Int32, _ words: String) throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "-n", "5", "-o", "new.csv"] + options, in: folder)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(try folder.names == ["target.json"])
  }
}
