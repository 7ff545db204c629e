import ArgumentParser
import Ornstein

/// `ornstein grids`: every way to spread the steps.
struct GridsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grids",
    abstract: "List the time grids: rule, options, equivalents in other libraries, sources.",
    discussion: "--grid NAME chooses one, --grid-option NAME=VALUE sets one of its options.")

  @OptionGroup var outputOptions: OutputOptions

  private struct Entry: Encodable {
    var name: String
    var aliases: [String]
    var rule: String
    var exponent: Double?
    var options: [CatalogueEntry.Option]
    var reachesCleanData: Bool
    var equivalents: [String: String]
    var source: String
  }

  func run() throws {
    let entries = GridKind.catalogue.map { kind in
      Entry(
        name: kind.rawValue, aliases: kind.aliases, rule: kind.summary,
        exponent: kind.defaultExponent,
        options: kind.parameters.map {
          CatalogueEntry.Option(name: $0.name, usual: $0.usual, meaning: $0.meaning)
        }, reachesCleanData: kind.reachesCleanData,
        equivalents: Dictionary(
          uniqueKeysWithValues: kind.equivalents.map { ($0.key.rawValue, $0.value) }),
        source: kind.source)
    }
    if outputOptions.json { return try outputOptions.console.print(try JSONText.encode(entries)) }
    let table = TextTable(
      header: ["name", "also", "rule", "source"],
      rows: entries.map {
        [
          $0.name, $0.aliases.isEmpty ? "-" : $0.aliases.joined(separator: ", "), $0.rule,
          $0.source,
        ]
      })
    let equivalents = entries.flatMap { entry in
      entry.equivalents.sorted { $0.key < $1.key }.map { [entry.name, $0.key, $0.value] }
    }
    let options = entries.flatMap { entry in
      entry.options.map { [entry.name, $0.name, Spelling.number($0.usual), $0.meaning] }
    }
    try outputOptions.console.print(
      table.text + "\n\nOPTIONS\n" + TextTable(header: nil, rows: options).text
        + "\n\nIN OTHER LIBRARIES\n" + TextTable(header: nil, rows: equivalents).text)
  }
}
