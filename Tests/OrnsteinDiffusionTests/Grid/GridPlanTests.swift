import Foundation
import OrnsteinDiffusion
import Testing

/// Grids as plans record them.
@Suite struct GridPlanTests {
  static let canonical = OrnsteinUhlenbeck.canonical

  @Test func givenTimesAreKept() throws {
    let times = [3, 1.5, 1.4, 0.2, 0.01]
    let grid = GridSpecification(times: times)
    #expect(grid.steps == 4 && grid.kind == .custom)
    #expect(try grid.make(for: Self.canonical).times == times)
    let clean = GridSpecification(times: times, endsClean: true)
    #expect(clean.steps == 5)
    #expect(try clean.make(for: Self.canonical).times == times + [0])
    #expect(
      try GridSpecification(times: [2], endsClean: true).make(for: Self.canonical).times == [2, 0])
    #expect(try GridSpecification(times: [2, 1, 0]).make(for: Self.canonical).stop == 0)
  }

  @Test func levelsBecomeTimesOfTheProcess() throws {
    for specification in ProcessSpecification.all {
      let process = try specification.make()
      let byTime = try GridSpecification(canonicalTimes: [2, 0.5, 0.01], for: process)
        .levels(for: process)
      let values = byTime.map(\.logSNR)
      let byLevel = try GridSpecification(logSNRs: values, for: process).levels(for: process)
      for (left, right) in zip(byTime, byLevel) {
        #expect(abs(left.logSNR - right.logSNR) < 1e-9)
      }
    }
  }

  @Test func everyPlanSurvivesAFile() throws {
    var grids = GridKind.named.map { GridSpecification($0, steps: 5, endsClean: true) }
    grids += [
      GridSpecification(.karras, steps: 5, horizon: 2, stop: 0.1, exponent: 3),
      GridSpecification(.li, steps: 5, c0: 1, c1: 3),
      GridSpecification(.exponentialThenConstant, steps: 5, floor: 0.2),
      GridSpecification(times: [1, 0.1, 1e-17]),
    ]
    for grid in grids {
      let data = try JSONEncoder().encode(grid)
      #expect(try JSONDecoder().decode(GridSpecification.self, from: data) == grid)
    }
  }

  @Test func oldPlansAreRead() throws {
    let text = #"{"kind": "karras", "steps": 12, "stop": 0.01, "exponent": 5}"#
    let grid = try JSONDecoder().decode(GridSpecification.self, from: Data(text.utf8))
    #expect(grid == GridSpecification(.karras, steps: 12, stop: 0.01, exponent: 5))
    let plan = SamplingPlan(grid: GridSpecification(.uniform, steps: 3, horizon: 1, stop: 0.5))
    let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(plan))
    let part = try #require((written as? [String: Any])?["grid"] as? [String: Any])
    #expect(Set(part.keys) == ["kind", "steps", "horizon", "stop"])
  }

  @Test func namesOfOthersAreKnown() throws {
    #expect(try GridKind(name: "EDM") == .karras)
    #expect(try GridKind(name: "polynomial") == .karras)
    #expect(try GridKind(name: "log_snr") == .logSNR)
    #expect(try GridKind(name: "lu") == .logSNR)
    #expect(try GridKind(name: "linspace") == .linearBeta)
    #expect(try GridKind(name: "time_uniform") == .linearBeta)
    let names = GridKind.named.flatMap { [$0.rawValue] + $0.aliases }
    #expect(Set(names).count == names.count)
    for kind in GridKind.allCases { #expect(!kind.summary.isEmpty && !kind.source.isEmpty) }
  }

  @Test func mistakesAreNamed() throws {
    func error(_ grid: GridSpecification) -> GridError? {
      do {
        _ = try grid.make(for: Self.canonical)
        return nil
      } catch { return error }
    }
    var grid = GridSpecification(.custom, steps: 2)
    #expect(error(grid) == .timesMissing)
    grid.times = [1, 0.5]
    #expect(error(grid) == .wrongCount(times: 2, steps: 2))
    grid.times = [1, 0.5, 0.7]
    #expect(error(grid) == .notDecreasing(index: 2, time: 0.7, previous: 0.5))
    grid.times = [1, 0.5, .nan]
    #expect(error(grid) != nil)
    grid.times = [1, 0.5, 0.1]
    grid.horizon = 1
    #expect(error(grid) == .optionNotUsed(kind: "custom", option: "horizon"))
    #expect(error(GridSpecification(times: [])) == .invalidSteps(-1))
    #expect(error(GridSpecification(times: [1e4, 1])) != nil)
    #expect(
      error(GridSpecification(.li, steps: 50, stop: 0.1))
        == .optionNotUsed(kind: "li", option: "stop time"))
    #expect(
      error(GridSpecification(.uniform, steps: 5, c1: 4))
        == .optionNotUsed(kind: "uniform", option: "c1"))
    #expect(
      error(GridSpecification(.benton, steps: 5, floor: 0.1))
        == .optionNotUsed(kind: "benton", option: "floor"))
    #expect(error(GridSpecification(.exponentialThenConstant, steps: 5, floor: 2)) != nil)
    #expect(
      error(GridSpecification(.uniform, steps: 5, stop: 0, endsClean: true))
        == .alreadyClean(stop: 0))
  }
}
