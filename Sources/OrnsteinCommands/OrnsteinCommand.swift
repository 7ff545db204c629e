import ArgumentParser
import Ornstein

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The command line of Ornstein.
public struct OrnsteinCommand: ParsableCommand {
  /// Names the command and its verbs.
  public static let configuration = CommandConfiguration(
    commandName: "ornstein",
    abstract: "Learn a distribution from samples, draw more, and know how far off they are.",
    discussion: """
      ornstein fit table.csv -o model.safetensors
      ornstein sample model.safetensors -n 1000 -o new.csv
      ornstein evaluate new.csv table.csv

      Exit codes: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 wanted error not met, 130 \
      interrupted (a fit keeps a checkpoint).
      """,
    version: Version.current,
    subcommands: [
      FitCommand.self, PlanCommand.self, SampleCommand.self, EvaluateCommand.self,
      DensityCommand.self, ImputeCommand.self, ExportCommand.self,
      BoundCommand.self, InspectCommand.self, SamplersCommand.self, ProcessesCommand.self,
      GridsCommand.self,
    ])

  /// A command with its defaults.
  public init() {}

  /// Parses the arguments of the process, runs the verb and exits with its code.
  public static func runAndExit() -> Never {
    // A closed pipe is an error to report, not a death.
    signal(SIGPIPE, SIG_IGN)
    endProcess(run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  /// Runs one command line; the reason of a failure goes to standard error.
  ///
  /// - Parameter arguments: The words after the name of the command.
  /// - Returns: How it ended.
  public static func run(_ arguments: [String]) -> ExitStatus {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      return .done
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> ExitStatus {
    if let failure = failure(of: error) {
      Console.writeToStandardError("ornstein: \(failure.description)\n")
      return failure.status
    }
    let message = fullMessage(for: error)
    if exitCode(for: error) == .success {
      do throws(CommandFailure) {
        try Console(isQuiet: false).print(message)
        return .done
      } catch {
        return report(error)
      }
    }
    Console.writeToStandardError("ornstein: \(usage(message))\n")
    return .badUsage
  }

  /// The first sentence of what the argument parser says, and where help is.
  private static func usage(_ message: String) -> String {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: true)
    var reason = lines.first.map(String.init) ?? "The options make no sense."
    if reason.hasPrefix("Error: ") { reason.removeFirst("Error: ".count) }
    guard let help = lines.last(where: { $0.contains("--help") }) else { return reason }
    return reason + "\n" + help.drop { $0 == " " }
  }

  /// The code and sentence of an error of the library.
  private static func failure(of error: any Error) -> CommandFailure? {
    switch error {
    case let failure as CommandFailure: failure
    case let error as TableError: CommandFailure(status(of: error), error.description)
    case let error as FileError: CommandFailure(status(of: error), error.description)
    case let error as ModelFileError: CommandFailure(status(of: error), error.description)
    case let error as TargetFileError: CommandFailure(.badInput, error.description)
    case let error as MetricError: CommandFailure(.badInput, error.description)
    case let error as StopLawError: CommandFailure(.badInput, error.description)
    case let error as ImputationError: CommandFailure(.badInput, error.description)
    case let error as MixtureExportError: CommandFailure(.badInput, error.description)
    case let error as ConditionalError: CommandFailure(.badInput, error.description)
    case let error as ProcessError: CommandFailure(.badUsage, error.description)
    case let error as GridError: CommandFailure(.badUsage, error.description)
    case let error as SamplingError: CommandFailure(.failed, error.description)
    case let error as LikelihoodError: CommandFailure(status(of: error), error.description)
    case let error as TrainingError:
      CommandFailure(status(of: error), TrainingOptions.sentence(error))
    case let error as NetworkError: CommandFailure(.badInput, error.description)
    case let error as ExpectationMaximizationError:
      CommandFailure(status(of: error), error.description)
    case let error as DescentError: CommandFailure(status(of: error), error.description)
    case let error as PolynomialError: CommandFailure(status(of: error), error.description)
    case let error as KernelError: CommandFailure(status(of: error), error.description)
    case let error as MixtureError: CommandFailure(.failed, error.description)
    case let error as TargetError: CommandFailure(.failed, error.description)
    default: nil
    }
  }

  private static func status(of error: TableError) -> ExitStatus {
    switch error {
    case .file(let file): status(of: file)
    case .unknownFormat: .badUsage
    default: .badInput
    }
  }

  private static func status(of error: FileError) -> ExitStatus {
    error.action == .read ? .badInput : .failed
  }

  private static func status(of error: ModelFileError) -> ExitStatus {
    if case .file(let file) = error { return status(of: file) }
    return .badInput
  }

  private static func status(of error: LikelihoodError) -> ExitStatus {
    switch error {
    case .invalidSetting, .invalidLevels, .densityMissing: .badUsage
    case .invalidMoments, .wrongDimension, .pointNotFinite: .badInput
    case .notFinite: .failed
    }
  }

  private static func status(of error: ExpectationMaximizationError) -> ExitStatus {
    if case .setting = error { .badUsage } else { .badInput }
  }

  private static func status(of error: DescentError) -> ExitStatus {
    if case .invalid = error { .badUsage } else { .badInput }
  }

  private static func status(of error: KernelError) -> ExitStatus {
    if case .setting = error { .badUsage } else { .badInput }
  }

  private static func status(of error: PolynomialError) -> ExitStatus {
    if case .setting = error { .badUsage } else { .badInput }
  }

  private static func status(of error: TrainingError) -> ExitStatus {
    switch error {
    case .setting, .network: .badUsage
    case .tooFewRows, .dataNotFinite, .dataChanged, .checkpoint: .badInput
    case .notFinite, .threads: .failed
    }
  }
}

/// `exit` of the C library, which the argument parser's own hides inside commands.
private func endProcess(_ code: Int32) -> Never { exit(code) }
