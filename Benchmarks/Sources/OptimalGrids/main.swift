import Ornstein

// How many steps the grid named `optimal` needs for the divergence of the paths that the best of the
// named grids reaches: Markdown on standard output.
//
//     swift run -c release optimal-grids [TARGET.json ...]

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  let targets =
    try arguments.isEmpty
    ? GridComparison.usualTargets(in: "targets")
    : arguments.map { (name: $0, target: try TargetFile(contentsOf: $0).makeTarget(Double.self)) }
  try GridComparison(targets: targets).print()
} catch {
  print("\(error)")
}
