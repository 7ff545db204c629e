import CPeak
import OrnsteinLearning
import OrnsteinNumerics

/// One measurable piece of work.
struct Workload {
  /// How many units one call of `run` does; the time of one unit is reported.
  var units = 1
  /// Whether it works on a pool whose other threads are bound to a processor each, so that the
  /// caller, which is one of its threads, has to be bound to its own.
  var isPooled = false
  /// Does the work.
  var run: () throws -> Void
}

/// Why a request cannot be answered.
struct BenchmarkError: Error, CustomStringConvertible {
  var description: String
}

/// Measures on request, until the input ends.
///
/// A line `case;repetitions` is answered with the median milliseconds of one unit of the case, a line
/// `about;question` with what is asked. The first line of output is `ready`.
struct BenchmarkServer {
  let threads: Int
  private var made: [String: Workload] = [:]

  init(threads: Int) { self.threads = threads }

  consuming func run() {
    emit("ready")
    while let line = readLine() {
      let parts = line.split(separator: ";", maxSplits: 1).map(String.init)
      do {
        guard parts.count == 2 else { throw BenchmarkError(description: "no `;` in: \(line)") }
        emit(
          parts[0] == "about"
            ? try Self.answer(parts[1])
            : "\(try milliseconds(of: parts[0], repetitions: Int(parts[1]) ?? 1))")
      } catch {
        emit("nan \(error)")
      }
    }
  }

  private func emit(_ line: String) {
    print(line)
    flushStandardOutput()
  }

  private mutating func milliseconds(of name: String, repetitions: Int) throws -> Double {
    let workload = try made[name] ?? make(name)
    if made[name] == nil {
      made[name] = workload
      try workload.run()
    }
    if workload.isPooled { ornstein_bind_caller(0) }
    defer { ornstein_bind_caller(-1) }
    try workload.run()
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<max(repetitions, 1) {
      times.append(try clock.measure { try workload.run() } / .milliseconds(1))
    }
    times.sort()
    let middle = times.count / 2
    let median =
      times.count.isMultiple(of: 2) ? (times[middle - 1] + times[middle]) / 2 : times[middle]
    return median / Double(workload.units)
  }

  private func make(_ name: String) throws -> Workload {
    let (kind, numbers) = try Self.parse(name)
    switch (kind, numbers.count) {
    case ("train", 1):
      return try trainingSteps(dimension: numbers[0], precision: .single, threads: threads)
    case ("train-bfloat16", 1):
      return try trainingSteps(dimension: numbers[0], precision: .bfloat16, threads: threads)
    case ("sample", 1):
      return try drawing(dimension: numbers[0], precision: .single, threads: threads)
    case ("sample-bfloat16", 1):
      return try drawing(dimension: numbers[0], precision: .bfloat16, threads: threads)
    case ("ddpm", 2), ("lms", 2):
      return try mixtureDrawing(
        dimension: numbers[0], components: numbers[1], isDeterministic: kind == "lms",
        threads: threads)
    case ("em", 2):
      return try learningIterations(
        dimension: numbers[0], components: numbers[1], threads: threads)
    case ("normals", 0): return try normals(threads: threads)
    case ("peak", 1): return peak(threads: numbers[0])
    default: throw BenchmarkError(description: "unknown case: \(name)")
    }
  }

  private static func answer(_ question: String) throws -> String {
    switch question {
    case "isa": return "\(InstructionSet.current)"
    case "peak-isa": return String(cString: ornstein_peak_isa())
    case "em-likelihood 16 32":
      return "\(try MixtureLearning(dimension: 16, components: 32).logLikelihood(steps: 3))"
    default:
      guard question.hasPrefix("flops ") else {
        throw BenchmarkError(description: "unknown question: \(question)")
      }
      let (kind, numbers) = try parse(String(question.dropFirst(6)))
      guard let number = numbers.first else {
        throw BenchmarkError(description: "no number in: \(question)")
      }
      let network = BenchmarkNetwork(dimension: number)
      switch kind {
      case "train": return "\(network.trainingFlops)"
      case "sample": return "\(network.drawingFlops(levelOnce: true))"
      case "sample-concatenated": return "\(network.drawingFlops(levelOnce: false))"
      case "mixture": return "\(MixtureDrawing.flops(numbers))"
      case "em": return "\(MixtureLearning.flops(numbers))"
      case "peak": return "\(peakFlops * Double(number))"
      default: throw BenchmarkError(description: "unknown case: \(kind)")
      }
    }
  }

  /// A case such as `train 2`, `ddpm 16 100` or `normals`.
  private static func parse(_ name: String) throws -> (kind: String, numbers: [Int]) {
    let words = name.split(separator: " ")
    guard let kind = words.first else {
      throw BenchmarkError(description: "unknown case: \(name)")
    }
    let numbers = try words.dropFirst().map { word in
      guard let number = Int(word), number >= 1 else {
        throw BenchmarkError(description: "not a number of 1 or more: \(word)")
      }
      return number
    }
    return (String(kind), numbers)
  }
}
