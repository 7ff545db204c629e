import Foundation
import Ornstein
import Testing

/// `samplers`, `processes` and `grids`: every entry, for people and machines.
@Suite struct CatalogueTests {
  func json(_ arguments: [String]) throws -> Any {
    let outcome = try OrnsteinProcess.run(arguments + ["--json"], in: try Scratch())
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
  }

  @Test func samplersAreListedWhole() throws {
    let catalogue = try #require(try json(["samplers"]) as? [String: [[String: Any]]])
    let samplers = try #require(catalogue["samplers"])
    #expect(samplers.compactMap { $0["name"] as? String } == PredictorSpecification.names)
    let correctors = try #require(catalogue["correctors"])
    #expect(correctors.compactMap { $0["name"] as? String } == CorrectorSpecification.names)
    for entry in samplers + correctors {
      let name = try #require(entry["name"] as? String)
      for key in ["title", "source", "stochastic", "order_of"] {
        #expect(entry[key] as? String != "", "\(name)")
      }
      let page = try OrnsteinProcess.run(["samplers", name], in: try Scratch())
      #expect(page.status == 0)
      #expect(page.output.hasPrefix("\(name): "))
      for option in entry["options"] as? [[String: Any]] ?? [] {
        #expect(page.output.contains(try #require(option["name"] as? String)))
      }
    }
    let text = try OrnsteinProcess.run(["samplers"], in: try Scratch()).output
    for name in PredictorSpecification.names + CorrectorSpecification.names {
      #expect(text.split(separator: "\n").contains { $0.hasPrefix(name + " ") })
    }
  }

  @Test func unknownSamplersAreNamed() throws {
    let outcome = try OrnsteinProcess.run(["samplers", "warp"], in: try Scratch())
    #expect(outcome.status == 2)
    #expect(outcome.reason.contains("\"warp\""))
  }

  @Test func processesAndGridsAreListed() throws {
    let processes = try #require(try json(["processes"]) as? [[String: Any]])
    #expect(processes.compactMap { $0["name"] as? String } == ProcessSpecification.names)
    let grids = try #require(try json(["grids"]) as? [[String: Any]])
    #expect(grids.compactMap { $0["name"] as? String } == GridKind.catalogue.map(\.rawValue))
    for verb in ["processes", "grids"] {
      let outcome = try OrnsteinProcess.run([verb], in: try Scratch())
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("arXiv"))
    }
  }
}
