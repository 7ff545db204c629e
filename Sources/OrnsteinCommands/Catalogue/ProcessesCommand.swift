import ArgumentParser
import Ornstein

/// `ornstein processes`: every forward process.
struct ProcessesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "processes", abstract: "List the forward processes: equation, times, sources.")

  @OptionGroup var outputOptions: OutputOptions

  private struct Entry: Encodable {
    var name: String
    var equation: String
    var parameters: [String: Double]
    var horizon: Double
    var stop: Double
    var source: String
  }

  func run() throws {
    let entries = try ProcessSpecification.all.map { specification in
      let process = try specification.make()
      return Entry(
        name: specification.name, equation: specification.summary,
        parameters: specification.parameters, horizon: process.horizon,
        stop: process.defaultStop, source: specification.source)
    }
    if outputOptions.json { return try outputOptions.console.print(try JSONText.encode(entries)) }
    let table = TextTable(
      header: ["name", "horizon", "stop", "parameters", "source", "equation"],
      rows: entries.map { entry in
        let parameters = entry.parameters.sorted { $0.key < $1.key }
          .map { "\($0.key) \(Spelling.number($0.value))" }.joined(separator: ", ")
        return [
          entry.name, Spelling.number(entry.horizon), Spelling.number(entry.stop),
          parameters.isEmpty ? "-" : parameters, entry.source, entry.equation,
        ]
      })
    try outputOptions.console.print(table.text)
  }
}
