import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import Testing

@Suite struct MixtureDescriptionTests {
  @Test(arguments: Targets.files)
  func targetFilesAreMixtures(_ file: String) throws {
    let description = try Targets.description(file: file)
    try description.validate()
    #expect(description.name == file)
    #expect(try GaussianMixture<Float>(description).dimension == description.dimension)
    let data = try JSONEncoder().encode(description)
    let read = try JSONDecoder().decode(GaussianMixtureDescription.self, from: data)
    #expect(read == description)
  }

  @Test func everyCovarianceFormIsRead() throws {
    let text = """
      {"name": "a", "dimension": 2, "components": [
        {"weight": 0.25, "mean": [0, 0], "covariance": "identity"},
        {"weight": 0.25, "mean": [0, 1], "covariance": {"isotropic": 2}},
        {"weight": 0.25, "mean": [1, 0], "covariance": {"diagonal": [1, 0]}},
        {"weight": 0.25, "mean": [1, 1], "covariance": {"full": [[1, 0.5], [0.5, 1]]}}]}
      """
    let read = try JSONDecoder().decode(GaussianMixtureDescription.self, from: Data(text.utf8))
    try read.validate()
    #expect(
      read.components.map(\.covariance) == [
        .identity, .isotropic(2), .diagonal([1, 0]), .full([[1, 0.5], [0.5, 1]]),
      ])
    for wrong in [#""unit""#, "{}", #"{"isotropic": 1, "diagonal": [1, 1]}"#, "3"] {
      let text = #"{"weight": 1, "mean": [0], "covariance": \#(wrong)}"#
      #expect(throws: DecodingError.self, "\(wrong)") {
        try JSONDecoder().decode(
          GaussianMixtureDescription.Component.self, from: Data(text.utf8))
      }
    }
  }

  func description(
    weights: [Double] = [0.5, 0.5], mean: [Double] = [0, 0],
    covariance: MixtureCovariance = .identity
  ) -> GaussianMixtureDescription {
    GaussianMixtureDescription(
      name: "test", dimension: 2,
      components: [
        .init(weight: weights[0], mean: [0, 0]),
        .init(weight: weights[1], mean: mean, covariance: covariance),
      ])
  }

  @Test func mistakesAreNamed() {
    func error(_ description: GaussianMixtureDescription) -> MixtureError? {
      do {
        try description.validate()
        return nil
      } catch { return error }
    }
    #expect(error(description()) == nil)
    #expect(
      error(description(weights: [0.5, -0.5])) == .invalidWeight(component: 1, weight: -0.5))
    #expect(error(description(weights: [0.5, 0.4])) == .weightsDoNotSumToOne(0.9))
    #expect(error(description(weights: [0.5, 0.5 + 5e-7])) == nil)
    #expect(
      error(description(mean: [1]))
        == .wrongLength(component: 1, part: "mean", count: 1, expected: 2))
    #expect(error(description(mean: [1, .nan])) == .notFinite(component: 1, part: "mean"))
    #expect(
      error(description(covariance: .isotropic(-1)))
        == .negativeVariance(component: 1, variance: -1))
    #expect(
      error(description(covariance: .diagonal([1])))
        == .wrongLength(component: 1, part: "diagonal covariance", count: 1, expected: 2))
    #expect(
      error(description(covariance: .full([[1, 0.5], [0.4, 1]])))
        == .notSymmetric(component: 1, row: 1, column: 0))
    #expect(
      error(description(covariance: .full([[1, 0], [0]])))
        == .wrongLength(component: 1, part: "covariance row 1", count: 1, expected: 2))
    #expect(
      error(description(covariance: .full([[1, .infinity], [.infinity, 1]])))
        == .notFinite(component: 1, part: "covariance"))
    guard
      case .notPositiveSemidefinite(component: 1, _) =
        error(description(covariance: .full([[1, 2], [2, 1]])))
    else {
      Issue.record("A negative eigenvalue was accepted.")
      return
    }
    #expect(
      error(GaussianMixtureDescription(name: "empty", dimension: 1, components: []))
        == .noComponents)
    #expect(
      error(GaussianMixtureDescription(name: "flat", dimension: 0, components: []))
        == .invalidDimension(0))
  }
}
