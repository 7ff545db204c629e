import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

extension ReferenceLaw {
  /// The exact law of the product v X with a direction, or `nil` where it has no closed form here.
  ///
  /// Closed for mixtures and weighted points along any direction; for the sphere (its projections have
  /// densities (1 - x^2 / R^2)^{(d - 3)/2}) and the solid cube (a sum of uniform numbers, convolved one
  /// after the other) along any direction; for the vertices of a cube along directions with 12
  /// coordinates or fewer that are not 0; for products along directions within one factor, or where all
  /// factors are mixtures of 4096 parts together or fewer; for linear manifolds wherever it is for the
  /// law on them.
  ///
  /// - Parameter direction: One number a coordinate, not all 0.
  public func projection(along direction: [Double]) -> ProjectedLaw? {
    precondition(direction.count == dimension, "A direction has one number a coordinate.")
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    precondition(length > 0, "A direction has a length.")
    // Noise is alike along all directions.
    return Self.projection(
      of: target, along: direction.map { level.alpha * $0 }, noise: level.sigma * length)
  }

  /// The law of v X_0 + noise xi.
  private static func projection(
    of target: any ExactTarget<Double>, along v: [Double], noise: Double
  ) -> ProjectedLaw? {
    if let parts = parts(of: target, along: v) {
      return ProjectedLaw(
        parts.map {
          .init(weight: $0.weight, mean: $0.mean, deviation: .hypot($0.deviation, noise))
        })
    }
    switch target {
    case let perturbed as PerturbedScore<Double>:
      return projection(of: perturbed.base, along: v, noise: noise)
    case let cube as SolidCube<Double>:
      return .cube(widths: v.map { abs($0) * cube.halfWidth }, noise: noise)
    case let sphere as SphereUniform<Double>:
      let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return .sphere(radius: length * sphere.radius, dimension: sphere.dimension, noise: noise)
    case let manifold as LinearManifold<Double>:
      let (inner, offset) = manifold.coordinates(of: v)
      guard inner.contains(where: { $0 != 0 }) else { return nil }
      return projection(of: manifold.base, along: inner, noise: noise)?
        .moved(by: offset, factor: 1)
    case let product as ProductTarget<Double>:
      var first = 0
      var found: ProjectedLaw?
      for factor in product.factors {
        let part = Array(v[first..<first + factor.dimension])
        first += factor.dimension
        guard part.contains(where: { $0 != 0 }) else { continue }
        guard found == nil, let law = projection(of: factor, along: part, noise: noise) else {
          return nil
        }
        found = law
      }
      return found
    default: return nil
    }
  }

  /// The law of v X_0 as point masses and normal laws.
  private static func parts(
    of target: any ExactTarget<Double>, along v: [Double]
  ) -> [ProjectedLaw.Part]? {
    switch target {
    case let perturbed as PerturbedScore<Double>: return parts(of: perturbed.base, along: v)
    case let mixture as GaussianMixture<Double>:
      return mixture.description.components.map { component in
        ProjectedLaw.Part(
          weight: component.weight, mean: dot(component.mean, v),
          deviation: max(component.covariance.variance(along: v), 0).squareRoot())
      }
    case let measure as EmpiricalMeasure<Double>:
      return measure.weights.indices.map {
        .init(weight: measure.weights[$0], mean: dot(measure.points.point($0), v), deviation: 0)
      }
    case let cube as CubeVertices<Double>:
      let widths = v.filter { $0 != 0 }.map { abs($0) * cube.halfWidth }
      guard widths.count <= 12 else { return nil }
      return widths.reduce([.init(weight: 1, mean: 0, deviation: 0)]) { parts, width in
        parts.flatMap { part in
          [-width, width].map {
            .init(weight: part.weight / 2, mean: part.mean + $0, deviation: 0)
          }
        }
      }
    case let manifold as LinearManifold<Double>:
      let (inner, offset) = manifold.coordinates(of: v)
      guard inner.contains(where: { $0 != 0 }) else {
        return [.init(weight: 1, mean: offset, deviation: 0)]
      }
      return parts(of: manifold.base, along: inner)?.map {
        .init(weight: $0.weight, mean: $0.mean + offset, deviation: $0.deviation)
      }
    case let product as ProductTarget<Double>:
      var sum = [ProjectedLaw.Part(weight: 1, mean: 0, deviation: 0)]
      var first = 0
      for factor in product.factors {
        let part = Array(v[first..<first + factor.dimension])
        first += factor.dimension
        guard part.contains(where: { $0 != 0 }) else { continue }
        guard let next = parts(of: factor, along: part), sum.count * next.count <= 4096 else {
          return nil
        }
        sum = sum.flatMap { a in
          next.map { b in
            .init(
              weight: a.weight * b.weight, mean: a.mean + b.mean,
              deviation: .hypot(a.deviation, b.deviation))
          }
        }
      }
      return sum
    default: return nil
    }
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

extension LinearManifold {
  /// U^T v and b v, from what the law says of its points: X_0 = U z + b.
  fileprivate func coordinates(of v: [Double]) -> (inner: [Double], offset: Double) {
    (axisVectors.map { dot($0, v) }, dot(offset, v))
  }
}

extension MixtureCovariance {
  /// v^T C v.
  fileprivate func variance(along v: [Double]) -> Double {
    switch self {
    case .identity: dot(v, v)
    case .isotropic(let variance): variance * dot(v, v)
    case .diagonal(let variances): zip(variances, v).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    case .full(let rows): zip(rows, v).reduce(0) { $0 + $1.1 * dot($1.0, v) }
    }
  }
}
