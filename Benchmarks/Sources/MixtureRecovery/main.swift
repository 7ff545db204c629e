import Foundation
import Ornstein

// How often gradient descent on the DDPM objective recovers a mixture as well as the data allow:
// Markdown on standard output.
//
//     swift run -c release mixture-recovery [SEEDS [NAME ...]]

do {
  let seeds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50
  let names = CommandLine.arguments.dropFirst(2)
  let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
  let cases = try RecoveryTable.usualCases(in: "targets")
  try RecoveryTable(
    cases: names.isEmpty ? cases : cases.filter { names.contains($0.name) }, seeds: max(seeds, 1),
    threads: threads
  ).print()
} catch {
  print("\(error)")
}
