import Foundation
import OrnsteinReport
import Testing

/// What reports are made of: valid XML whatever the text, and axes with round marks.
@Suite struct ReportTests {
  /// Whether a parser that knows XML takes the text.
  func isWellFormed(_ text: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      "import sys, xml.etree.ElementTree as e; e.fromstring(sys.stdin.buffer.read())",
    ]
    let (input, errors) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardError = errors
    try process.run()
    input.fileHandleForWriting.write(Data(text.utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test func picturesAreWellFormed() throws {
    var plot = Plot(
      "a < b & \"c\"", x: Axis("x > 0", 1e-3...10, scale: .logarithmic), y: Axis("y", -1...1))
    plot.line([(0.01, 0), (1, 0.5), (100, 0), (2, -0.5), (3, .nan)], colour: "red", name: "<one>")
    plot.dots([(1, 0.2), (-1, 0), (.infinity, 0)], colour: "blue")
    plot.cell(from: (0.1, -0.2), to: (0.2, 0.2), colour: "green", opacity: 0.25)
    #expect(try isWellFormed(plot.svg))
    #expect(!plot.svg.contains("nan"))
    #expect(!plot.svg.contains("inf"))
    #expect(try !isWellFormed(plot.svg + "<"))
  }

  @Test func pagesEscapeWhatTheyAreGiven() {
    var page = Page(title: "<script>")
    page.heading("a & b")
    page.paragraph("1 < 2")
    page.table(header: ["<i>"], rows: [["'x'", "\"y\""]])
    #expect(!page.html.contains("<script>"))
    #expect(page.html.contains("&lt;script&gt;"))
    #expect(page.html.contains("<td>&quot;y&quot;</td>"))
    #expect(!page.html.contains("<i>"))
  }

  /// The width of such an axis is no finite number, and its marks lie between its ends all the same.
  @Test func axesReachTheEndsOfDoublePrecision() throws {
    let largest = Double.greatestFiniteMagnitude
    let axis = Axis("x", -largest...largest)
    #expect([-largest, 0, largest].map(axis.fraction) == [0, 0.5, 1])
    #expect(
      axis.ticks.map { ($0 / 1e307).rounded() } == [-10, 0, 10], "\(axis.ticks)")
    for axis in [axis, Axis("x", 0...0x1p-1074), Axis("x", -0x1p-1070...0x1p-1070)] {
      let svg = Plot("ends", x: axis, y: Axis("y", 0...1)).svg
      #expect(!svg.contains("nan") && !svg.contains("inf"))
    }
  }

  @Test func marksAreRoundAndInside() {
    #expect(Axis("x", 0...10).ticks == [0, 2, 4, 6, 8, 10])
    #expect(Axis("x", -0.13...0.11).ticks.map { ($0 * 100).rounded() } == [-10, -5, 0, 5, 10])
    let decades = Axis("x", 1e-3...1e2, scale: .logarithmic).ticks
    #expect(decades.map { ($0 * 1e3).rounded() } == [1, 10, 100, 1e3, 1e4, 1e5])
    for range in [0.0...0, -5...1e7, 1e-9...2e-9] {
      let axis = Axis("x", range)
      #expect((2...9).contains(axis.ticks.count), "\(range): \(axis.ticks)")
      #expect(
        axis.ticks.allSatisfy { axis.range.contains($0) || $0 - axis.range.upperBound < 1e-9 })
    }
  }

  @Test func fractionsRunFromOneEndToTheOther() {
    let axis = Axis("x", 1...100, scale: .logarithmic)
    #expect(axis.fraction(of: 1) == 0)
    #expect(axis.fraction(of: 100) == 1)
    #expect(abs(axis.fraction(of: 10) - 0.5) < 1e-15)
    #expect(Axis("x", around: [2, 4]).range == 1.9...4.1)
  }
}
