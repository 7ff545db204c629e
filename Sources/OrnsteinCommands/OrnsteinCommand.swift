public import ArgumentParser

/// The command line of Ornstein.
public struct OrnsteinCommand: ParsableCommand {
  /// Names the command and its verbs.
  public static let configuration = CommandConfiguration(
    commandName: "ornstein",
    abstract: "Learn a distribution from samples, draw more, and know how far off they are.")

  /// A command with its defaults.
  public init() {}
}
