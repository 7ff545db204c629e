import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Conditional laws at the edges: singular covariances, values far out, units of very different sizes.
@Suite struct ConditionalExtremeTests {
  @Test func pointMassesHaveNoConditionalLaw() throws {
    let mixture = try GaussianMixture<Double>(
      weights: [0.5, 0.5], means: [[0, 0], [1, 1]], covariances: [.identity, .isotropic(0)])
    #expect(throws: ConditionalError.singular(component: 1)) {
      try mixture.conditional(on: [0: 0.5])
    }
    let flat = try GaussianMixture<Double>(
      weights: [1], means: [[0, 0, 0]],
      covariances: [.full([[1, 1, 0], [1, 1, 0], [0, 0, 1]])])
    #expect(throws: ConditionalError.singular(component: 0)) {
      try flat.conditional(on: [0: 1, 1: 1])
    }
    let line = try GaussianMixture<Double>(
      weights: [1], means: [[0, 0]], covariances: [.diagonal([1, 0])])
    #expect(throws: ConditionalError.singular(component: 0)) { try line.conditional(on: [1: 0]) }
    // A component of weight 0 takes no part.
    let idle = try GaussianMixture<Double>(
      weights: [1, 0], means: [[0, 0], [1, 1]], covariances: [.identity, .isotropic(0)])
    let law = try idle.conditional(on: [0: 0.5])
    #expect(law.description.components.map(\.weight) == [1, 0])
  }

  /// A coordinate that the others decide has a point mass, not a negative variance.
  @Test func decidedCoordinatesArePointMasses() throws {
    let (a, b) = (0.3, -1.7)
    let rows = [[1, 0.2, a + 0.2 * b], [0.2, 2, 0.2 * a + 2 * b], [0, 0, 0]]
    var matrix = rows
    matrix[2] = [
      rows[0][2], rows[1][2], a * a + 2 * 0.2 * a * b + 2 * b * b,
    ]
    let mixture = try GaussianMixture<Double>(
      weights: [1], means: [[1, 2, a + 2 * b]], covariances: [.full(matrix)])
    let law = try mixture.conditional(on: [0: 4, 1: -3])
    #expect(agrees(law.moments.mean, [4 * a - 3 * b], relative: 1e-12))
    #expect(law.moments.covariance == [0])
    let part = try mixture.conditional(on: [0: 4])
    let covariance = part.moments.covariance
    #expect(agrees(covariance[1] * covariance[1], covariance[0] * covariance[3], relative: 1e-9))
  }

  @Test func farValuesHaveALimit() throws {
    let mixture = Targets.gm2(Double.self)
    for value in [1e3, -1e6, 1e10, -1e100] {
      for coordinate in 0..<2 {
        let law = try mixture.conditional(on: [coordinate: value])
        let weights = law.description.components.map(\.weight)
        // The wider component outlives the other.
        #expect(weights == (coordinate == 0 ? [1, 0] : [0, 1]))
        #expect(law.moments.mean.allSatisfy { $0.isFinite })
      }
    }
    let far = try mixture.conditional(on: [0: 1e6]).description.components[0]
    #expect(agrees(far.mean[0], 2 + 0.3 * (1e6 + 1), relative: 1e-12))
    #expect(throws: ConditionalError.tooFar(coordinate: 0)) {
      try mixture.conditional(on: [0: 1e200])
    }
    #expect(throws: ConditionalError.notFinite(coordinate: 1)) {
      try mixture.conditional(on: [1: .nan])
    }
    #expect(throws: ConditionalError.notFinite(coordinate: 0)) {
      try mixture.conditional(on: [0: -.infinity])
    }
  }

  @Test func unitsDoNotMatter() throws {
    let mixture = try ConditionalMixtureTests.mixture(seed: 11, [3, 3])
    let units = [1e8, 1e-7, 1, 1e-8, 1e6]
    let scaled = try GaussianMixture<Double>(
      weights: mixture.description.components.map(\.weight),
      means: mixture.description.components.map { zip($0.mean, units).map { $0 * $1 } },
      covariances: mixture.description.components.map { component in
        guard case .full(let rows) = component.covariance else { return component.covariance }
        return .full(
          (0..<5).map { i in (0..<5).map { rows[i][$0] * units[i] * units[$0] } })
      })
    let plain = try mixture.conditional(on: [0: 0.4, 3: 1]).moments
    let other = try scaled.conditional(on: [0: 0.4 * units[0], 3: units[3]]).moments
    let rest = [1, 2, 4]
    for (i, axis) in rest.enumerated() {
      #expect(agrees(other.mean[i] / units[axis], plain.mean[i], relative: 1e-9))
      for (j, column) in rest.enumerated() {
        let entry = other.covariance[i * 3 + j] / units[axis] / units[column]
        #expect(agrees(entry, plain.covariance[i * 3 + j], relative: 1e-9, absolute: 1e-12))
      }
    }
  }

  @Test func wrongCoordinatesAreNamed() throws {
    let mixture = Targets.gm2(Double.self)
    #expect(throws: ConditionalError.noSuchCoordinate(2, dimension: 2)) {
      try mixture.conditional(on: [2: 0])
    }
    #expect(throws: ConditionalError.noSuchCoordinate(-1, dimension: 2)) {
      try mixture.marginal(of: [-1])
    }
    #expect(throws: ConditionalError.repeatedCoordinate(1)) {
      try mixture.marginal(of: [1, 1])
    }
    #expect(throws: ConditionalError.nothingLeft) { try mixture.marginal(of: []) }
    #expect(throws: ConditionalError.nothingLeft) { try mixture.conditional(on: [0: 0, 1: 0]) }
    for error in [
      ConditionalError.noSuchCoordinate(2, dimension: 2), .repeatedCoordinate(1), .nothingLeft,
      .notFinite(coordinate: 0), .singular(component: 3), .tooFar(coordinate: 1),
      .mixture(.noComponents),
    ] {
      #expect(error.description.hasSuffix("."))
    }
  }
}
