import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import Testing
import TestSupport

@Suite struct TargetDescriptionTests {
  static func decode(_ text: String) throws -> TargetDescription {
    try JSONDecoder().decode(TargetDescription.self, from: Data(text.utf8))
  }

  static let texts = [
    #"{"name": "a", "dimension": 3, "kind": "cube-vertices", "halfWidth": 2}"#,
    #"{"name": "a", "dimension": 3, "kind": "cube", "halfWidth": 0.5, "comment": "b"}"#,
    #"{"name": "a", "dimension": 2, "kind": "sphere", "radius": 1}"#,
    #"{"name": "a", "dimension": 2, "kind": "points", "points": [[1, 2], [3, 4]]}"#,
    #"""
    {"name": "a", "dimension": 1, "kind": "points", "points": [[1], [3]], "weights": [1, 3]}
    """#,
    #"""
    {"name": "a", "dimension": 3, "kind": "product", "factors": [
      {"kind": "sphere", "dimension": 2, "radius": 1}, {"kind": "points", "points": [[0]]}]}
    """#,
    #"""
    {"name": "a", "dimension": 3, "kind": "manifold", "axes": [[0.6, 0.8, 0], [0, 0, 1]],
     "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}, "offset": [0, 1, 2]}
    """#,
    #"""
    {"name": "a", "dimension": 1, "kind": "perturbed", "error": {"matrix": [[0.5]]},
     "base": {"kind": "mixture", "dimension": 1, "components": [
       {"weight": 1, "mean": [0], "covariance": "identity"}]}}
    """#,
    #"""
    {"name": "a", "dimension": 2, "kind": "perturbed",
     "error": {"amplitude": [0.5, 0], "frequency": [1, 2]},
     "base": {"kind": "perturbed", "error": {"constant": [1, 2]},
       "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}}}
    """#,
    #"""
    {"name": "a", "dimension": 1, "components": [
      {"weight": 1, "mean": [0], "covariance": "identity"}]}
    """#,
  ]

  @Test(arguments: texts) func everyKindIsReadAndWritten(_ text: String) throws {
    let description = try Self.decode(text)
    try description.validate()
    let target = try description.makeTarget(Float.self)
    #expect(target.dimension == description.dimension)
    #expect(description.kind.name != "mixture" || description.mixture != nil)
    let again = try JSONDecoder().decode(
      TargetDescription.self, from: JSONEncoder().encode(description))
    #expect(again == description)
  }

  @Test func numbersReachTheTarget() throws {
    let x = Batch<Double>(rows: [[0.3, -0.2]])
    let level = NoiseLevel(time: 0, alpha: 0.8, sigma: 0.6)
    let read = try Self.decode(Self.texts[2]).makeTarget(Double.self)
    let made = try SphereUniform<Double>(radius: 1, dimension: 2)
    #expect(read.logDensity(of: x, at: level) == made.logDensity(of: x, at: level))
    let points = try Self.decode(Self.texts[4]).makeTarget(Double.self).moments
    #expect(agrees(points.mean, [2.5]) && agrees(points.covariance, [0.75]))
    let manifold = try Self.decode(Self.texts[6]).makeTarget(Double.self).moments
    #expect(manifold.mean == [0, 1, 2])
    #expect(agrees(manifold.covariance[1], 0.16))
  }

  /// What is wrong, where it is, and what the sentence must say.
  static let broken: [(text: String, path: String, says: String)] = [
    (#"{"name": "a", "dimension": 1, "kind": "ball"}"#, "kind", "sphere"),
    (#"{"name": "a", "dimension": 1, "kind": "cube", "radius": 1}"#, "radius", "halfWidth"),
    (#"{"name": "a", "dimension": 1, "kind": "cube", "halfWidth": 0}"#, "halfWidth", "0.0"),
    (#"{"name": "a", "dimension": 0, "kind": "cube", "halfWidth": 1}"#, "dimension", "0"),
    (
      #"{"name": "a", "dimension": 9000000000000000000, "kind": "cube", "halfWidth": 1}"#,
      "dimension", "10000"
    ),
    (#"{"name": "a", "dimension": 2, "kind": "sphere", "radius": -1}"#, "radius", "-1.0"),
    (#"{"name": "a", "dimension": 2, "kind": "points", "points": []}"#, "points", "at least one"),
    (#"{"name": "a", "dimension": 2, "kind": "points"}"#, "points", "neither"),
    (
      #"{"name": "a", "dimension": 2, "kind": "points", "points": [[1, 2]], "file": "a.csv"}"#,
      "points", "both"
    ),
    (
      #"{"name": "a", "dimension": 2, "kind": "points", "points": [[1, 2], [1]]}"#, "points[1]",
      "1 coordinates"
    ),
    (
      #"{"name": "a", "dimension": 1, "kind": "points", "points": [[1]], "weights": [-1]}"#,
      "weights[0]", "-1.0"
    ),
    (
      #"{"name": "a", "dimension": 1, "kind": "points", "points": [[1]], "weights": [0]}"#,
      "weights", "0"
    ),
    (
      #"{"name": "a", "dimension": 1, "kind": "points", "points": [[1]], "weights": [1, 1]}"#,
      "weights", "2"
    ),
    (#"{"name": "a", "dimension": 1, "kind": "product", "factors": []}"#, "factors", "factor"),
    (
      #"""
      {"name": "a", "dimension": 4, "kind": "product", "factors": [
        {"kind": "cube", "dimension": 1, "halfWidth": 1},
        {"kind": "sphere", "dimension": 2, "radius": 0}]}
      """#, "factors[1].radius", "0.0"
    ),
    (
      #"""
      {"name": "a", "dimension": 4, "kind": "product", "factors": [
        {"kind": "cube", "dimension": 1, "halfWidth": 1}]}
      """#, "dimension", "4"
    ),
    (
      #"""
      {"name": "a", "dimension": 1, "kind": "product", "factors": [
        {"kind": "cube", "dimension": 9000000000000000000, "halfWidth": 1},
        {"kind": "cube", "dimension": 9000000000000000000, "halfWidth": 1}]}
      """#, "factors[0].dimension", "10000"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "manifold", "axes": [[1, 1]],
       "base": {"kind": "cube", "dimension": 1, "halfWidth": 1}}
      """#, "axes[0]", "2.0"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "manifold", "axes": [[1, 0], [1, 0]],
       "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}}
      """#, "axes[1]", "axis 0"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "manifold", "axes": [[1, 0]],
       "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}}
      """#, "axes", "1"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "manifold", "axes": [[1, 0]], "offset": [1],
       "base": {"kind": "points", "points": [[1, 2], [3]]}}
      """#, "base.points[1]", "2"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "manifold", "axes": [[1, 0]], "offset": [1],
       "base": {"kind": "cube", "dimension": 1, "halfWidth": 1}}
      """#, "offset", "2"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "perturbed", "error": {"constant": [1]},
       "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}}
      """#, "error.constant", "2"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "perturbed", "error": {"amplitude": [1, 2]},
       "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}}
      """#, "error", "frequency"
    ),
    (
      #"""
      {"name": "a", "dimension": 2, "kind": "perturbed",
       "error": {"matrix": [[1, 0]], "offset": [0, 0]},
       "base": {"kind": "cube", "dimension": 2, "halfWidth": 1}}
      """#, "error.matrix", "2"
    ),
  ]

  @Test(arguments: broken) func errorsNameThePlace(
    _ text: String, _ path: String, _ says: String
  ) throws {
    let error = #expect(throws: TargetError.self) { try Self.decode(text).validate() }
    #expect(error?.path == path)
    #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "")")
    #expect(error?.reason.hasSuffix(".") == true)
  }

  @Test func numbersThatAreNotFiniteAreRefused() {
    func error(_ kind: TargetDescription.Kind, _ dimension: Int = 1) -> String? {
      do throws(TargetError) {
        try TargetDescription(name: "a", dimension: dimension, kind: kind).validate()
        return nil
      } catch {
        return error.path
      }
    }
    #expect(error(.cube(halfWidth: .nan)) == "halfWidth")
    #expect(error(.sphere(radius: .infinity)) == "radius")
    #expect(error(.sphere(radius: 1e200)) == "radius")
    #expect(error(.points(.init(coordinates: [1, .nan, 2])), 1) == "points[1][0]")
    #expect(error(.points(.init(coordinates: [1, 2], weights: [1, .nan]))) == "weights[1]")
    let cube = TargetDescription(name: "b", dimension: 1, kind: .cube(halfWidth: 1))
    #expect(error(.manifold(cube, axes: [[1, .nan]], offset: nil), 2) == "axes[0][1]")
    #expect(error(.manifold(cube, axes: [[1, 0]], offset: [0, .infinity]), 2) == "offset[1]")
    #expect(error(.perturbed(cube, .constant([.nan]))) == "error.constant[0]")
    #expect(error(.perturbed(cube, .affine(matrix: [[.nan]], offset: [0]))) == "error.matrix[0][0]")
  }
}
