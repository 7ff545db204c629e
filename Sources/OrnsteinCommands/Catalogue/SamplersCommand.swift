import ArgumentParser
import Ornstein

/// `ornstein samplers`: every predictor and corrector.
struct SamplersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samplers",
    abstract: "List the samplers and correctors: order, cost, options, sources.",
    discussion: """
      Any sampler goes with any corrector: --sampler P --corrector C --corrector-steps K. A name \
      shows one of them whole.
      """)

  @Argument(help: "A sampler or corrector to show whole.")
  var name: String?

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let catalogue = Catalogue()
    guard let name else {
      return try outputOptions.console.print(
        outputOptions.json ? try JSONText.encode(catalogue) : catalogue.text)
    }
    guard let entry = catalogue.entry(named: name) else {
      throw CommandFailure(
        .badUsage,
        "There is no sampler or corrector named \"\(name)\"; 'ornstein samplers' lists "
          + "them.")
    }
    try outputOptions.console.print(
      outputOptions.json ? try JSONText.encode(entry) : entry.page)
  }
}

/// All methods, for people and machines.
struct Catalogue: Encodable {
  let samplers: [CatalogueEntry] = PredictorSpecification.all.map {
    CatalogueEntry($0.summary, $0.options)
  }
  let phaseSpace: [SpecialEntry] = PhaseSpaceMethod.allCases.map {
    SpecialEntry(name: $0.rawValue, order: $0.order, title: $0.summary, source: $0.source)
  }
  let discrete: [SpecialEntry] = DiscreteMethod.allCases.map {
    SpecialEntry(name: $0.rawValue, order: $0.order, title: $0.summary, source: $0.source)
  }
  let correctors: [CatalogueEntry] = CorrectorSpecification.all.map {
    CatalogueEntry($0.summary, $0.options)
  }

  func entry(named name: String) -> CatalogueEntry? {
    (samplers + correctors).first { $0.name == name || $0.aliases.contains(name) }
  }

  var text: String {
    """
    SAMPLERS
    \(CatalogueEntry.table(samplers))

    CORRECTORS
    \(CatalogueEntry.table(correctors))

    CRITICALLY DAMPED LANGEVIN (exact mixtures; sampler options mass 0.25, rate 4, initial-spread 0.04)
    \(SpecialEntry.table(phaseSpace))

    DISCRETE STATES (targets of kind "discrete"; --process absorbing or uniform)
    \(SpecialEntry.table(discrete))

    'ornstein samplers NAME' shows options, equivalents in other libraries and sources.
    """
  }
}

/// A method outside the linear processes.
struct SpecialEntry: Encodable {
  var name: String
  var order: Int?
  var title: String
  var source: String

  static func table(_ entries: [SpecialEntry]) -> String {
    TextTable(
      header: ["name", "order", "source", "what it does"],
      rows: entries.map { [$0.name, $0.order.map { "\($0)" } ?? "exact", $0.source, $0.title] }
    ).text
  }
}

/// One method.
struct CatalogueEntry: Encodable {
  var name: String
  var aliases: [String]
  var title: String
  var order: Int
  var orderOf: String
  var evaluationsPerStep: Int
  var stochastic: String
  var grid: String?
  var options: [Option]
  var equivalents: [String: String]
  var source: String

  struct Option: Encodable {
    var name: String
    var usual: Double
    var meaning: String
  }

  init(_ summary: MethodSummary, _ parameters: [MethodParameter]) {
    name = summary.name
    aliases = summary.aliases
    title = summary.title
    order = summary.order
    orderOf = summary.orderSense.rawValue
    evaluationsPerStep = summary.evaluationsPerStep
    stochastic = summary.stochastic
    grid = summary.grid?.rawValue
    options = parameters.map { Option(name: $0.name, usual: $0.usual, meaning: $0.meaning) }
    equivalents = Dictionary(
      uniqueKeysWithValues: summary.equivalents.map { ($0.key.rawValue, $0.value) })
    source = summary.source
  }

  var orderText: String { orderOf == "none" ? "-" : "\(order)" }

  static func table(_ entries: [CatalogueEntry]) -> String {
    TextTable(
      header: ["name", "order", "evaluations", "noise", "what it does"],
      rows: entries.map {
        [$0.name, $0.orderText, "\($0.evaluationsPerStep)", $0.stochastic, $0.title]
      }
    ).text
  }

  var page: String {
    var lines = ["\(name): \(title)", ""]
    var rows: [[String]] = []
    if !aliases.isEmpty { rows.append(["also", aliases.joined(separator: ", ")]) }
    rows.append(["order", orderOf == "none" ? "none" : "\(order), of the \(orderOf)"])
    rows.append(["evaluations a step", "\(evaluationsPerStep)"])
    rows.append(["draws noise", stochastic])
    if let grid { rows.append(["made for grid", grid]) }
    for (library, equivalent) in equivalents.sorted(by: { $0.key < $1.key }) {
      rows.append(["in \(library)", equivalent])
    }
    rows.append(["source", source])
    lines.append(TextTable(header: nil, rows: rows).text)
    if !options.isEmpty {
      lines += ["", "OPTIONS"]
      lines.append(
        TextTable(
          header: nil,
          rows: options.map { [$0.name, Spelling.number($0.usual), $0.meaning] }
        ).text)
    }
    return lines.joined(separator: "\n")
  }
}
