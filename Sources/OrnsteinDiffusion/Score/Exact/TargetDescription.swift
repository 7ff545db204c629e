import OrnsteinNumerics

/// An exact target as a file holds it.
///
/// `{"name", "dimension", "comment", "kind", ...}` with the keys of the kind:
///
/// - `mixture` (or no kind): `components`, as in ``GaussianMixtureDescription``;
/// - `cube-vertices`, `cube`: `halfWidth`;
/// - `sphere`: `radius`;
/// - `points`: `points` (rows of numbers) or `file` (a CSV or NPY table), and optional `weights`;
/// - `product`: `factors`, a list of targets;
/// - `manifold`: `base` (a target of k dimensions), `axes` (k orthonormal rows), optional `offset`;
/// - `perturbed`: `base` and `error`, one of `{"constant": [...]}`, `{"matrix": [[...]], "offset":
///   [...]}`, `{"amplitude": [...], "frequency": [...]}`.
///
/// In targets inside of targets the name may be left out, and the dimension wherever it follows from
/// the rest.
public struct TargetDescription: Sendable, Hashable {
  /// What a target is made of.
  public indirect enum Kind: Sendable, Hashable {
    /// Normal laws.
    case mixture([GaussianMixtureDescription.Component])
    /// The vertices of [-a, a]^d.
    case cubeVertices(halfWidth: Double)
    /// The cube [-a, a]^d.
    case cube(halfWidth: Double)
    /// A sphere.
    case sphere(radius: Double)
    /// Given points.
    case points(PointList)
    /// Independent laws side by side.
    case product([TargetDescription])
    /// U z + b for z of a law.
    case manifold(TargetDescription, axes: [[Double]], offset: [Double]?)
    /// A law with an error of its score.
    case perturbed(TargetDescription, ScoreError)

    /// The word that a file has for the kind.
    public var name: String {
      switch self {
      case .mixture: "mixture"
      case .cubeVertices: "cube-vertices"
      case .cube: "cube"
      case .sphere: "sphere"
      case .points: "points"
      case .product: "product"
      case .manifold: "manifold"
      case .perturbed: "perturbed"
      }
    }

    /// The words of all kinds.
    public static let names = [
      "mixture", "cube-vertices", "cube", "sphere", "points", "product", "manifold", "perturbed",
    ]
  }

  /// Points, in the file of the target or beside it.
  public struct PointList: Sendable, Hashable {
    /// All coordinates, row after row; empty as long as the file of the points is not read.
    public var coordinates: [Double]
    /// One number a point, or `nil` for equal weights.
    public var weights: [Double]?
    /// Where the points lie, relative to the file of the target; `nil` for points in that file.
    public var file: String?

    /// Points by their coordinates, or by the file they lie in.
    public init(coordinates: [Double], weights: [Double]? = nil, file: String? = nil) {
      self.coordinates = coordinates
      self.weights = weights
      self.file = file
    }
  }

  /// What the target is called.
  public var name: String
  /// The number of coordinates.
  public var dimension: Int
  /// What the target is about.
  public var comment: String?
  /// What the target is made of.
  public var kind: Kind

  /// A description by its parts, not yet validated.
  public init(name: String, dimension: Int, comment: String? = nil, kind: Kind) {
    self.name = name
    self.dimension = dimension
    self.comment = comment
    self.kind = kind
  }

  /// The description of a mixture.
  public init(_ mixture: GaussianMixtureDescription) {
    self.init(
      name: mixture.name, dimension: mixture.dimension, comment: mixture.comment,
      kind: .mixture(mixture.components))
  }

  /// The mixture, if the target is one.
  public var mixture: GaussianMixtureDescription? {
    guard case .mixture(let components) = kind else { return nil }
    return GaussianMixtureDescription(
      name: name, dimension: dimension, comment: comment, components: components)
  }

  /// Makes sure that the description is a target.
  ///
  /// - Throws: ``TargetError`` that names the place of the first thing that is wrong.
  public func validate() throws(TargetError) { _ = try makeTarget(Double.self) }

  /// The target.
  ///
  /// - Throws: ``TargetError`` if the description is none.
  public func makeTarget<Scalar: BatchScalar>(
    _ type: Scalar.Type
  ) throws(TargetError) -> any ExactTarget<Scalar> {
    let target: any ExactTarget<Scalar> = try makeUnchecked(type)
    guard target.dimension == dimension else {
      throw TargetError(
        path: "dimension",
        reason: "The dimension is \(dimension), but the \(kind.name) has \(target.dimension).")
    }
    return target
  }

  private func makeUnchecked<Scalar: BatchScalar>(
    _ type: Scalar.Type
  ) throws(TargetError) -> any ExactTarget<Scalar> {
    switch kind {
    case .mixture(let components):
      do throws(MixtureError) {
        return try GaussianMixture<Scalar>(
          GaussianMixtureDescription(
            name: name, dimension: dimension, comment: comment, components: components))
      } catch {
        throw TargetError(path: "", reason: error.description)
      }
    case .cubeVertices(let halfWidth):
      return try CubeVertices<Scalar>(halfWidth: halfWidth, dimension: dimension)
    case .cube(let halfWidth):
      return try SolidCube<Scalar>(halfWidth: halfWidth, dimension: dimension)
    case .sphere(let radius):
      return try SphereUniform<Scalar>(radius: radius, dimension: dimension)
    case .points(let list): return try makePoints(list)
    case .product(let factors):
      var made: [any ExactTarget<Scalar>] = []
      for (index, factor) in factors.enumerated() {
        made.append(try factor.makeTarget(type, inside: "factors[\(index)]"))
      }
      return try ProductTarget(made)
    case .manifold(let base, let axes, let offset):
      return try LinearManifold(
        try base.makeTarget(type, inside: "base"), axes: axes, offset: offset)
    case .perturbed(let base, let error):
      return try PerturbedScore(try base.makeTarget(type, inside: "base"), error: error)
    }
  }

  private func makeTarget<Scalar: BatchScalar>(
    _ type: Scalar.Type, inside part: String
  ) throws(TargetError) -> any ExactTarget<Scalar> {
    do throws(TargetError) {
      return try makeTarget(type)
    } catch {
      throw error.inside(part)
    }
  }

  private func makePoints<Scalar: BatchScalar>(
    _ list: PointList
  ) throws(TargetError) -> EmpiricalMeasure<Scalar> {
    try TargetError.check(dimension: dimension)
    let key = list.file == nil ? "points" : "file"
    guard !list.coordinates.isEmpty else {
      throw TargetError(path: key, reason: "There is no point; give at least one.")
    }
    guard list.coordinates.count.isMultiple(of: dimension) else {
      throw TargetError(
        path: key,
        reason: "\(list.coordinates.count) coordinates make no points of dimension \(dimension).")
    }
    if let index = list.coordinates.firstIndex(where: { !Scalar($0).isFinite }) {
      throw TargetError(
        path: "\(key)[\(index / dimension)][\(index % dimension)]",
        reason: "The coordinate \(list.coordinates[index]) is not finite.")
    }
    return try EmpiricalMeasure(
      points: Batch(list.coordinates.map { Scalar($0) }, dimension: dimension),
      weights: list.weights)
  }
}
