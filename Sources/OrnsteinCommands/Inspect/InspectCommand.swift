import ArgumentParser
import Ornstein

/// `ornstein inspect`: what a file holds.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what a model, a checkpoint, a table or a target holds.")

  @Argument(help: "A model or its checkpoint, a .csv or .npy table, or the .json file of a target.")
  var file: String

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let description = try FileDescription(of: file)
    try outputOptions.console.print(
      outputOptions.json ? try JSONText.encode(description) : description.text)
  }
}
