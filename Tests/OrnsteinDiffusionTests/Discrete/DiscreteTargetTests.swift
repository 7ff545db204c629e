import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Noised laws, posteriors and concrete scores of exact discrete targets.
@Suite struct DiscreteTargetTests {
  @Test func goldenValues() throws {
    let process = try DiscreteProcess(.uniform, states: 4)
    #expect(agrees(process.transition(from: 2, to: 2, after: 0.7), 0.622438977843557))
    #expect(agrees(process.transition(from: 2, to: 0, after: 0.7), 0.125853674052148))
    let target = DiscreteTargets.square
    let law = try DiscreteLaw(of: target, under: DiscreteTargets.process(.uniform, target), at: 0.4)
    #expect(agrees(law.probabilities[1], 0.17707587833446))
    #expect(agrees(law.probabilities[3] / law.probabilities[1], 1.2558238696983))
  }

  @Test(arguments: DiscreteProcess.Kind.allCases)
  func transitionsAreASemigroup(_ kind: DiscreteProcess.Kind) throws {
    let process = try DiscreteProcess(kind, states: 3)
    for a in 0..<process.symbols {
      for b in 0..<process.symbols {
        let through = (0..<process.symbols).reduce(0) {
          $0 + process.transition(from: a, to: $1, after: 0.3)
            * process.transition(from: $1, to: b, after: 0.5)
        }
        #expect(
          agrees(process.transition(from: a, to: b, after: 0.8), through, relative: 1e-14))
        let slope = process.transition(from: a, to: b, after: 1e-8) / 1e-8
        if a != b { #expect(abs(slope - process.rate(from: a, to: b)) < 1e-7) }
      }
    }
  }

  /// P(X_0i = a | X_t = x) by summing the joint law, and the concrete score of every neighbour
  /// from it.
  @Test(arguments: DiscreteTargets.all, DiscreteProcess.Kind.allCases)
  func posteriorsGiveRatios(_ target: DiscreteTarget, _ kind: DiscreteProcess.Kind) throws {
    let process = DiscreteTargets.process(kind, target)
    let clean = try DiscreteLaw(of: target, under: process, at: 0)
    for time in [0.01, 0.4, 3] {
      let law = try DiscreteLaw(of: target, under: process, at: time)
      #expect(agrees(law.probabilities.reduce(0, +), 1, relative: 1e-13))
      for (index, probability) in law.probabilities.enumerated() where probability > 1e-30 {
        let x = law.point(index)
        var expected = [Double](repeating: 0, count: target.dimension * target.states)
        for (origin, weight) in clean.probabilities.enumerated() where weight > 0 {
          let a = clean.point(origin)
          let joint = x.indices.reduce(weight) {
            $0 * process.transition(from: a[$1], to: x[$1], after: time)
          }
          for i in x.indices { expected[i * target.states + a[i]] += joint / probability }
        }
        let posterior = target.posterior(of: x, at: time, of: process)
        #expect(agrees(posterior, expected, relative: 1e-10, absolute: 1e-14))
        for i in x.indices {
          for y in 0..<process.symbols where process.rate(from: y, to: x[i]) > 0 {
            var other = x
            other[i] = y
            let place = other.reduce(0) { $0 * process.symbols + $1 }
            let ratio = (0..<target.states).reduce(0) { sum, a in
              let share = posterior[i * target.states + a]
              guard share > 0 else { return sum }
              return sum + share * process.transition(from: a, to: y, after: time)
                / process.transition(from: a, to: x[i], after: time)
            }
            #expect(agrees(ratio, law.probabilities[place] / probability, relative: 1e-9))
          }
        }
      }
    }
  }

  /// False-alarm rate 1e-6.
  @Test func exactDrawsFollowTheTable() throws {
    let target = DiscreteTargets.grid
    let process = DiscreteTargets.process(.uniform, target)
    let rows = target.drawExactly(rows: 0..<50_000, key: NoiseKey(seed: 3))
    let batch = DiscreteBatch(rows.flatMap(\.self), dimension: 2)
    let law = try DiscreteLaw(of: target, under: process, at: 0)
    #expect(chiSquaredTest(batch, follows: law) > 1e-6)
    #expect(target.drawExactly(rows: 77..<80, key: NoiseKey(seed: 3)) == Array(rows[77..<80]))
  }

  @Test func filesAreRead() throws {
    let text = #"""
      {"kind": "discrete", "states": 2, "dimension": 2, "probabilities": [0.5, 0.1, 0.15, 0.25]}
      """#
    let table = try JSONDecoder().decode(DiscreteTargetDescription.self, from: Data(text.utf8))
    #expect(try table.make() == DiscreteTargets.square)
    let points = DiscreteTargetDescription(
      name: "square", states: 2, dimension: 2,
      points: [
        .init(state: [0, 0], weight: 0.5), .init(state: [0, 1], weight: 0.1),
        .init(state: [1, 0], weight: 0.15), .init(state: [1, 1], weight: 0.25),
      ])
    let data = try JSONEncoder().encode(points)
    #expect(
      try JSONDecoder().decode(DiscreteTargetDescription.self, from: data).make()
        == DiscreteTargets.square)
  }

  @Test func mistakesAreNamed() throws {
    func error(_ change: (inout DiscreteTargetDescription) -> Void) -> DiscreteError? {
      var description = DiscreteTargetDescription(
        states: 2, dimension: 1, probabilities: [0.5, 0.5])
      change(&description)
      do {
        _ = try description.make()
        return nil
      } catch { return error }
    }
    #expect(error { _ in } == nil)
    #expect(error { $0.kind = "cube" } == .wrongKind("cube"))
    #expect(error { $0.states = 1 } == .tooFewStates(1))
    #expect(error { $0.dimension = 0 } == .invalidDimension(0))
    #expect(
      error { $0.dimension = 1_000_000 } == .tableTooLarge(states: 2, dimension: 1_000_000))
    #expect(error { $0.dimension = 2 } == .wrongTableLength(count: 2, expected: 4))
    #expect(error { $0.probabilities = [0.5, 0.6] } == .doNotSumToOne(1.1))
    #expect(error { $0.probabilities = [1.5, -0.5] } == .invalidWeight(index: 1, weight: -0.5))
    #expect(error { $0.probabilities = [1, .nan] } != nil)
    #expect(error { $0.probabilities = nil } == .needsTableOrPoints)
    #expect(error { $0.points = [] } == .needsTableOrPoints)
    func pointError(_ state: [Int]) -> DiscreteError? {
      error {
        $0.probabilities = nil
        $0.points = [.init(state: state, weight: 1)]
      }
    }
    #expect(pointError([1]) == nil)
    #expect(pointError([2]) == .stateOutOfRange(index: 0, coordinate: 0, state: 2, states: 2))
    #expect(pointError([0, 1]) == .wrongPointLength(index: 0, count: 2, expected: 1))
    #expect(throws: DiscreteError.self) { try DiscreteMethod(name: "gibbs") }
    #expect(throws: DiscreteError.self) { try DiscreteProcess.Kind(name: "gaussian") }
    #expect(try DiscreteProcess.Kind(name: "masking") == .absorbing)
    #expect(try DiscreteMethod(name: "unmasking") == .ancestral)
  }
}
