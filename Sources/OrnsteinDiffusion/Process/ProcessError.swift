/// Why a forward process cannot be made.
public enum ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No process has this name.
  case unknownProcess(String)
  /// The process has no such parameter.
  case unknownParameter(process: String, parameter: String)
  /// A parameter has a value that it cannot have: its name, the value, and what is asked of it.
  case invalidParameter(String, Double, String)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownProcess(let name):
      "There is no process named \"\(name)\"; the processes are "
        + ProcessSpecification.names.joined(separator: ", ") + "."
    case .unknownParameter(let process, let parameter):
      "The process \(process) has no parameter \"\(parameter)\"."
    case .invalidParameter(let parameter, let value, let requirement):
      "The process parameter \(parameter) = \(value) \(requirement)."
    }
  }
}
