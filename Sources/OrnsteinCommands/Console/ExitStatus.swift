/// What the exit code of the command says.
public enum ExitStatus: Int32, Sendable {
  /// Everything asked for was done.
  case done = 0
  /// Something outside of the input failed: writing, memory, training that diverged.
  case failed = 1
  /// The options make no sense.
  case badUsage = 2
  /// An input file cannot be used.
  case badInput = 3
  /// A budget or a test was not met.
  case notMet = 4
  /// The user interrupted; what was reached is kept.
  case interrupted = 130
}

/// An error with an exit code and one sentence that says what to do.
public struct CommandFailure: Error, CustomStringConvertible {
  /// The exit code.
  public var status: ExitStatus
  /// One sentence for a person.
  public var description: String

  /// A failure by its code and sentence.
  public init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
