import ArgumentParser

/// Options that every verb takes.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Print the result as JSON on standard output.")
  var json = false

  @Flag(name: .long, help: "Print no progress and no notes.")
  var quiet = false

  var console: Console { Console(isQuiet: quiet) }
}

/// How many threads work.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "How many threads work at once; the result does not depend on it. (default: all cores)")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads); it must be between 1 and 1024.")
    }
  }

  var count: Int { threads ?? Cores.available }
}
