/// Why missing cells cannot be filled.
public struct ImputationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One sentence that names the place and says what is wrong and what to do.
  public var reason: String

  /// An error by its sentence.
  public init(reason: String) { self.reason = reason }

  /// The reason.
  public var description: String { reason }
}
