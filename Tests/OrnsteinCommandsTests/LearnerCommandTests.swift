import Foundation
import Testing

/// `fit --learner`, `--compare` and `--report` as processes.
@Suite struct LearnerCommandTests {
  @Test(arguments: ["mixture", "polynomial", "kernel"])
  func aModelOfATable(_ learner: String) throws {
    let folder = try FitTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors", "--learner", learner, "--json"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("\"learner\""))
    #expect(try folder.names == ["table.csv", "model.safetensors"])
    let drawn = try OrnsteinProcess.run(
      ["sample", "model.safetensors", "-n", "50", "-o", "new.csv"], in: folder)
    #expect(drawn.status == 0, "\(drawn.errors)")
    #expect(try folder.read("new.csv").hasPrefix("length,count,colour,weight\n"))
    let told = try OrnsteinProcess.run(["inspect", "model.safetensors"], in: folder)
    #expect(told.output.contains("Learned in"), "\(told.output)")
  }

  @Test func theWinnerIsWrittenAndReported() throws {
    let folder = try FitTests.folder()
    let outcome = try OrnsteinProcess.run(
      [
        "fit", "table.csv", "-o", "model.safetensors", "--learner", "auto", "--steps", "50",
        "--width", "32", "--report", "page.html",
      ], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for name in ["network", "mixture", "polynomial", "kernel"] {
      #expect(outcome.errors.contains("\n\(name) "), "\(outcome.errors)")
    }
    #expect(outcome.errors.contains("The best is "))
    let page = try folder.read("page.html")
    for heading in ["Budget", "Columns"] { #expect(page.contains("<h2>\(heading)</h2>")) }
    #expect(page.contains("held-out log-density") && !page.contains("nan"))
    #expect(try folder.names == ["table.csv", "model.safetensors", "page.html"])
  }

  @Test func theNamedLearnerAloneIsCompared() throws {
    let folder = try FitTests.folder()
    let outcome = try OrnsteinProcess.run(
      [
        "fit", "table.csv", "--compare", "--learner", "network", "--steps", "30", "--width", "32",
      ], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("\nnetwork ") && !outcome.output.contains("\nkernel "))
  }

  @Test func comparesWithoutAModel() throws {
    let folder = try FitTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["fit", "table.csv", "--compare", "--learner", "kernel", "--json"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["held_out_rows"] as? Int == 30)
    #expect((object["learners"] as? [Any])?.count == 1)
    #expect(try folder.names == ["table.csv"])
  }

  @Test(arguments: [
    (["--learner", "forest"], 2, "--learner is \"forest\""),
    (["--learner", "kernel", "--components", "3"], 2, "--components means nothing"),
    (["--learner", "kernel", "--start", "spectral"], 2, "--start means nothing"),
    (
      ["--learner", "mixture", "--members", "2", "--components", "3"], 2,
      "--members means nothing with --components"
    ),
    (
      ["--learner", "mixture", "--members", "2", "--choose-by", "bic"], 2,
      "--members means nothing with --choose-by bic"
    ),
    (["--learner", "mixture", "--start", "middle"], 2, "one of k-means, k-means++, spectral"),
    (
      ["--learner", "mixture", "--members", "0"], 2, "--members is 0; it must be between 1 and 100"
    ),
    (["--learner", "mixture", "--steps", "10"], 2, "--steps means nothing"),
    (["--learner", "polynomial", "--resume"], 2, "--resume is for"),
    (["--learner", "kernel", "--weights", "count"], 2, "--weights means nothing"),
    (["--compare", "--learner", "mixture", "--weights", "count"], 2, "--weights is for a mixture"),
    (
      ["--learner", "mixture", "--method", "descent", "--components", "2", "--weights", "count"], 2,
      "--weights means nothing for --method descent"
    ),
    (["--learner", "mixture", "--weights", "number"], 3, "\"number\""),
    (["--learner", "mixture", "--weights", "colour"], 3, "no weight"),
    (["--learner", "mixture", "--log", "log.jsonl"], 2, "--log is for"),
    (["--compare", "--learner", "mixture", "--resume"], 2, "--resume is for"),
    (["--learner", "kernel", "--checkpoint-every", "3"], 2, "--checkpoint-every is for"),
    (["--compare", "--learner", "kernel", "--steps", "9"], 2, "--steps means nothing"),
    (["--learner", "mixture", "--components", "3-1"], 2, "--components is \"3-1\""),
    (["--learner", "mixture", "--components", "0"], 2, "--components is \"0\""),
    (["--learner", "mixture", "--covariance", "round"], 2, "--covariance is \"round\""),
    (["--learner", "mixture", "--method", "descent"], 2, "give --components"),
    (["--learner", "mixture", "--components", "5000"], 3, "fewer components"),
    (["--learner", "kernel", "--bandwidth=-1"], 2, "bandwidth"),
    (["--learner", "polynomial", "--degree=-1"], 2, "egree"),
    (["--against", "target.json"], 2, "--compare"),
    (["--report", "page.txt"], 2, "must end in .html"),
    (["--compare", "--against", "none.json"], 3, "none.json"),
  ])
  func whatMakesNoSenseIsSaid(_ options: [String], _ status: Int32, _ words: String) throws {
    let folder = try FitTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors"] + options, in: folder)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(try folder.names == ["table.csv"])
  }

  /// An interrupted fit is hours of work: no other learner writes over it.
  @Test(arguments: [
    ["--learner", "kernel"], ["--learner", "polynomial"], ["--compare", "--learner", "mixture"],
    ["--learner", "auto"],
  ])
  func anInterruptedFitIsKept(_ options: [String]) throws {
    let folder = try FitTests.folder()
    try folder.write("interrupted", to: "model.safetensors.checkpoint")
    let outcome = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors"] + options, in: folder)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("interrupted fit"), "\(outcome.errors)")
    #expect(try folder.read("model.safetensors.checkpoint") == "interrupted")
    #expect(try folder.names == ["table.csv", "model.safetensors.checkpoint"])
  }
}
