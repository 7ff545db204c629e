import OrnsteinDiffusion
import OrnsteinNumerics

/// An exact law as independent parts, each with the best way there is to its curves.
///
/// Products fall apart into their factors, cubes into coordinates, manifolds into what lies on them and
/// flat directions, perturbed scores into the law and the error. Rotations and shifts change no curve
/// but those relative to N(0, I), which see the second moment alone.
struct LawParts: Sendable {
  /// The eigenvalues of the covariances of all normal parts.
  var variances: [Double] = []
  /// Laws on the line, each so many times, that quadrature can handle.
  var lines: [(part: LineCurves, copies: Int)] = []
  /// Spheres.
  var spheres: [SphereUniform<Double>] = []
  /// Laws that points must be drawn from.
  var others: [any ExactTarget<Double>] = []
  /// E|X_0|^2 of the whole.
  let secondMoment: Double

  init(_ target: any ExactTarget<Double>) throws(OracleError) {
    secondMoment = target.moments.secondMoment
    try add(target)
  }

  private mutating func add(_ target: any ExactTarget<Double>) throws(OracleError) {
    switch target {
    case let perturbed as PerturbedScore<Double>: try add(perturbed.base)
    case let product as ProductTarget<Double>:
      for factor in product.factors { try add(factor) }
    case let manifold as LinearManifold<Double>:
      try add(manifold.base)
      let flat = manifold.dimension - manifold.base.dimension
      variances += [Double](repeating: 0, count: flat)
    case let sphere as SphereUniform<Double>: spheres.append(sphere)
    case let vertices as CubeVertices<Double>:
      let a = vertices.halfWidth
      guard let line = try? CubeVertices<Double>(halfWidth: a, dimension: 1) else { return }
      lines.append((Self.line(line, -a...a), vertices.dimension))
    case let cube as SolidCube<Double>:
      let a = cube.halfWidth
      guard let line = try? SolidCube<Double>(halfWidth: a, dimension: 1) else { return }
      lines.append((Self.line(line, -a...a), cube.dimension))
    case let mixture as GaussianMixture<Double>: try add(mixture)
    default: others.append(target)
    }
  }

  private mutating func add(_ mixture: GaussianMixture<Double>) throws(OracleError) {
    let components = mixture.description.components.filter { $0.weight > 0 }
    if components.count == 1 {
      do {
        let axes = try SymmetricEigendecomposition(
          of: mixture.moments.covariance, dimension: mixture.dimension)
        variances += axes.values.map { max($0, 0) }
      } catch {
        throw .invalidLaw("\(error)")
      }
    } else if mixture.dimension == 1 {
      let means = components.map { $0.mean[0] }
      let deviations = components.map { $0.covariance.lineVariance.squareRoot() }
      lines.append(
        (
          LineCurves(
            target: mixture, range: (means.min() ?? 0)...(means.max() ?? 0),
            smallestDeviation: deviations.min() ?? 0, largestDeviation: deviations.max() ?? 0), 1
        ))
    } else {
      others.append(mixture)
    }
  }

  private static func line(
    _ target: any ExactTarget<Double>, _ range: ClosedRange<Double>
  ) -> LineCurves {
    LineCurves(target: target, range: range, smallestDeviation: 0, largestDeviation: 0)
  }

  /// The curves of the parts that need no points, at ascending canonical times; what quadrature
  /// cannot handle joins the others.
  mutating func closedCurves(at times: [Double]) -> LawCurves {
    var total = LawCurves(count: times.count)
    if !variances.isEmpty {
      total += NormalCurves(variances: variances, squaredMean: 0).curves(at: times)
    }
    var kept: [(part: LineCurves, copies: Int)] = []
    for line in lines {
      if let curves = line.part.curves(at: times) {
        total += curves.times(line.copies)
        kept.append(line)
      } else {
        others += Array(repeating: line.part.target, count: line.copies)
      }
    }
    lines = kept
    for sphere in spheres { total += RadialCurves(target: sphere).curves(at: times) }
    return total
  }

  /// The second moments that the curves of ``closedCurves(at:)`` account for.
  var closedSecondMoment: Double {
    var sum = variances.reduce(0, +)
    for line in lines { sum += Double(line.copies) * line.part.target.moments.secondMoment }
    for sphere in spheres { sum += sphere.radius * sphere.radius }
    return sum
  }
}

extension MixtureCovariance {
  /// The variance of a component on the line.
  fileprivate var lineVariance: Double {
    switch self {
    case .identity: 1
    case .isotropic(let variance): variance
    case .diagonal(let variances): variances.first ?? 0
    case .full(let rows): rows.first?.first ?? 0
    }
  }
}
