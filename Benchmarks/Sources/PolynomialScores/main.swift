import Foundation
import Ornstein

// How well piecewise polynomials learn scores, and what it costs: a page of Markdown with its figures.
//
//     swift run -c release polynomial-scores PAGE.md

do {
  guard CommandLine.arguments.count == 2 else {
    print("usage: polynomial-scores PAGE.md")
    exit(2)
  }
  let page = URL(fileURLWithPath: CommandLine.arguments[1])
  let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
  let figures = Figures(page: page.deletingLastPathComponent())
  func tell(_ study: String) { FileHandle.standardError.write(Data("\(study)\n".utf8)) }
  var parts = [
    """
    # Polynomials

    Made by `make polynomials`.

    What `fit --learner polynomial` learns, scores by regression on polynomials in cells (Gatmiry, Kelner, Lee, \
    arXiv 2404.18869), of laws whose exact scores are known. Settings are the default ones unless said otherwise.

    """
  ]
  tell("Unseparated mixtures.")
  parts.append(try UnseparatedStudy(threads: threads).markdown())
  tell("Sets of few dimensions.")
  parts.append(try ManifoldStudy(threads: threads).markdown())
  tell("Error against degree and rows.")
  parts.append(try ErrorStudy(threads: threads).markdown(figures: figures))
  tell("Cost against dimension and rows.")
  parts.append(try CostStudy(threads: threads).markdown(figures: figures))
  try Data(parts.joined(separator: "\n").utf8).write(to: page)
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
