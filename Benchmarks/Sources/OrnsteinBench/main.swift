let threads = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1
BenchmarkServer(threads: threads).run()
