import OrnsteinDiffusion
import OrnsteinLearning
import RealModule
import TestSupport
import Testing

@Suite struct LatticeExpectationTests {
  @Test func momentsAreExact() throws {
    let law = try GaussianMixture<Double>(
      weights: [0.2, 0.5, 0.3], means: [[1, 2], [-1, 0.5], [0, -3]],
      covariances: [.full([[2, 0.6], [0.6, 0.5]]), .isotropic(0.3), .diagonal([1.5, 0.2])])
    let lattice = try LatticeExpectation(of: law)
    let moments = law.moments
    let mean = (0..<2).map { axis in lattice.mean { $0[axis] } }
    #expect(agrees(mean, moments.mean, absolute: 1e-13))
    for i in 0..<2 {
      for j in 0..<2 {
        let covariance = lattice.mean { ($0[i] - mean[i]) * ($0[j] - mean[j]) }
        #expect(agrees(covariance, moments.covariance[i * 2 + j], absolute: 1e-12))
      }
    }
  }

  /// E cosh(<a, x>) = exp(|a|^2 / 2) cosh(<a, mu>) under N(mu, I), in one and three dimensions.
  @Test func exponentialsAreExact() throws {
    for mean in [[0.7], [0.3, -0.4, 1]] {
      let law = try GaussianMixture<Double>(
        weights: [1], means: [mean], covariances: [.identity])
      let lattice = try LatticeExpectation(of: law, step: mean.count == 1 ? 0.15 : 0.4)
      let sum = mean.reduce(0, +)
      let found = lattice.mean { Double.cosh(0.5 * $0.reduce(0, +)) }
      let expected = Double.exp(0.125 * Double(mean.count)) * Double.cosh(0.5 * sum)
      #expect(agrees(found, expected, relative: 1e-11))
    }
  }

  @Test func refusesWhatHasNoLattice() throws {
    let wide = try GaussianMixture<Double>(
      weights: [1], means: [[Double](repeating: 0, count: 7)], covariances: [.identity])
    #expect(throws: LatticeError.self) { try LatticeExpectation(of: wide) }
    let flat = try GaussianMixture<Double>(
      weights: [0.5, 0.5], means: [[0, 0], [1, 1]], covariances: [.identity, .diagonal([1, 0])])
    #expect(throws: LatticeError.singular(component: 1)) { try LatticeExpectation(of: flat) }
  }
}
