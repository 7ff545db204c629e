import Foundation
import Ornstein

// How often gradient descent on the DDPM objective recovers a mixture as well as the data allow:
// Markdown on standard output.
//
//     swift run -c release mixture-recovery [SEEDS]

do {
  let seeds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50
  let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
  try RecoveryTable(
    cases: RecoveryTable.usualCases(in: "targets"), seeds: max(seeds, 1), threads: threads
  ).print()
} catch {
  print("\(error)")
}
