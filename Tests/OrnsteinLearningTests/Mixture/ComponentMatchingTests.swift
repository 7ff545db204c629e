import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct ComponentMatchingTests {
  @Test func undoesAPermutation() throws {
    let truth = MixtureGradientTests.normals(9, 4, seed: 3)
    let order = [4, 0, 7, 2, 8, 1, 3, 6, 5]
    let weights = (1...9).map { Double($0) / 45 }
    let shift = MixtureGradientTests.normals(9, 4, seed: 4)
    let centres = order.map { k in
      (0..<4).map { truth[k, $0] + 0.05 * shift[k, $0] }
    }
    let matching = try ComponentMatching(
      centres: centres, weights: order.map { weights[$0] },
      truth: (0..<9).map { truth.point($0) }, trueWeights: weights)
    #expect(matching.partners == order)
    let squares = (0..<9).map { k in (0..<4).reduce(0) { $0 + shift[k, $1] * shift[k, $1] } }
    #expect(agrees(matching.centreError, 0.05 * (squares.reduce(0, +) / 9).squareRoot()))
    #expect(agrees(matching.largestCentreError, 0.05 * (squares.max() ?? 0).squareRoot()))
    #expect(matching.weightError < 1e-15)
  }

  /// The nearest centre is not always the partner.
  @Test func minimisesTheSum() throws {
    let matching = try ComponentMatching(
      centres: [[0], [1]], weights: [0.4, 0.6], truth: [[1.1], [2.5]], trueWeights: [0.5, 0.5])
    #expect(matching.partners == [0, 1])
    #expect(agrees(matching.centreError, ((1.21 + 2.25) / 2).squareRoot()))
    #expect(agrees(matching.weightError, 0.1))
  }

  @Test func componentsMayBeTooManyOrTooFew() throws {
    let more = try ComponentMatching(
      centres: [[5], [0], [9]], weights: [0.2, 0.5, 0.3], truth: [[0], [9]],
      trueWeights: [0.6, 0.4])
    #expect(more.partners == [nil, 0, 1])
    #expect(more.centreError == 0)
    #expect(agrees(more.weightError, 0.2))
    let fewer = try ComponentMatching(
      centres: [[9]], weights: [1], truth: [[0], [9]], trueWeights: [0.6, 0.4])
    #expect(fewer.partners == [1])
    #expect(agrees(fewer.weightError, 0.6))
    #expect(throws: DescentError.wrongDimension(found: 2, expected: 1)) {
      try ComponentMatching(
        centres: [[0, 1]], weights: [1], truth: [[0]], trueWeights: [1])
    }
  }

  @Test func mixturesAreMatchedByTheirDescriptions() throws {
    let truth = try MixtureGradientTests.threeTruth()
    let other = try MixtureGradientTests.mixture(
      [[-0.5, -2], [2, 0], [-1, 1.5]], [0.2, 0.5, 0.3])
    let matching = try ComponentMatching(other, with: truth)
    #expect(matching.partners == [2, 0, 1])
    #expect(matching.centreError == 0)
  }
}
