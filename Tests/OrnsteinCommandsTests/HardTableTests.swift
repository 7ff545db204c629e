import Foundation
import Ornstein
import Testing

/// Tables whose columns lie at the ends of double precision, or in which one never changes.
@Suite struct HardTableTests {
  /// A column of the given scale with both signs, one that never changes, and one of usual numbers.
  static func folder(scale: Double) throws -> Scratch {
    let folder = try Scratch()
    let rows = (0..<80).map { row in
      "\(Double((row * 37) % 80 - 40) / 40 * scale),7,\(Double((row * 13) % 80).squareRoot())"
    }
    try folder.write("far,same,near\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    let fit = try OrnsteinProcess.run(
      [
        "fit", "table.csv", "-o", "model.safetensors", "--learner", "mixture", "--components", "1",
        "--quiet", "--report", "page.html",
      ], in: folder)
    #expect(fit.status == 0, "\(fit.errors)")
    return folder
  }

  @Test(arguments: [Double.greatestFiniteMagnitude, 1, 0x1p-1063])
  func pagesShowEveryScale(scale: Double) throws {
    let folder = try Self.folder(scale: scale)
    let page = try folder.read("page.html")
    #expect(page.contains("far") && page.contains("near"))
    #expect(!page.contains("nan") && !page.contains("inf,") && !page.contains("inf "))
    let drawn = try OrnsteinProcess.run(
      ["sample", "model.safetensors", "-n", "200", "--steps", "5", "-o", "new.csv"], in: folder)
    #expect(drawn.status == 0, "\(drawn.errors)")
    let judged = try OrnsteinProcess.run(["evaluate", "new.csv", "table.csv"], in: folder)
    #expect(judged.status == 0, "\(judged.errors)")
  }

  /// Squares of such scales are no numbers of double precision, those of encoded rows are.
  @Test(arguments: [1e200, 1e-200]) func exportNamesTheOtherUnits(scale: Double) throws {
    let folder = try Self.folder(scale: scale)
    let call = ["export", "model.safetensors", "-o", "mixture.json"]
    let refused = try OrnsteinProcess.run(call, in: folder)
    #expect(refused.status == 3)
    #expect(refused.reason.contains("--units encoded"), "\(refused.errors)")
    #expect(try !folder.names.contains("mixture.json"))
    let encoded = try OrnsteinProcess.run(call + ["--units", "encoded"], in: folder)
    #expect(encoded.status == 0, "\(encoded.errors)")
  }

  @Test func whatNeverChangesCanOnlyBeGivenAsItIs() throws {
    let folder = try Self.folder(scale: 1)
    func draw(_ options: String...) throws -> OrnsteinProcess.Outcome {
      try OrnsteinProcess.run(
        ["sample", "model.safetensors", "-n", "3", "-o", "-", "--quiet"] + options, in: folder)
    }
    let refused = try draw("--where", "same=8")
    #expect(refused.status == 2)
    #expect(refused.reason.contains("--where") && refused.reason.contains("always 7"))
    #expect(try draw("--where", "same=7").status == 0)
    // What fails before the first row writes no header either.
    let half = try draw("--precision", "bfloat16")
    #expect(half.status == 2)
    #expect(half.output.isEmpty && refused.output.isEmpty)
    #expect(try draw().output.hasPrefix("far,same,near\n"))
  }
}
