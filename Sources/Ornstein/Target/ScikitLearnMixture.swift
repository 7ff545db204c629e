import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The parameters of a Gaussian mixture as scikit-learn's `GaussianMixture` has them, as JSON.
///
/// The keys are the names of the attributes: `covariance_type` (`full`, `tied`, `diag` or
/// `spherical`), `weights_`, `means_`, `covariances_` in the shape that belongs to the type, and
/// `precisions_cholesky_`, which may be left out and is checked where it is there. Other attributes are
/// left alone. From Python to here:
///
///     import json
///     names = ["weights_", "means_", "covariances_", "precisions_cholesky_"]
///     parameters = {name: getattr(model, name).tolist() for name in names}
///     parameters["covariance_type"] = model.covariance_type
///     json.dump(parameters, open("mixture.json", "w"))
///
/// and back:
///
///     import json, numpy, sklearn.mixture
///     parameters = json.load(open("mixture.json"))
///     kind = parameters.pop("covariance_type")
///     model = sklearn.mixture.GaussianMixture(len(parameters["weights_"]), covariance_type=kind)
///     for name, value in parameters.items():
///         setattr(model, name, numpy.array(value))
public struct ScikitLearnMixture: Sendable, Hashable {
  /// The covariances in the shape of their type.
  public enum Covariances: Sendable, Hashable {
    /// A matrix a component.
    case full([[[Double]]])
    /// One matrix for all.
    case tied([[Double]])
    /// One variance a component and coordinate.
    case diagonal([[Double]])
    /// One variance a component.
    case spherical([Double])

    /// The name of the type.
    public var type: String {
      switch self {
      case .full: "full"
      case .tied: "tied"
      case .diagonal: "diag"
      case .spherical: "spherical"
      }
    }
  }

  /// `weights_`.
  public var weights: [Double]
  /// `means_`.
  public var means: [[Double]]
  /// `covariances_`.
  public var covariances: Covariances
  /// `precisions_cholesky_` in the shape of the covariances: P with P P^T the inverse, upper triangular.
  public var precisionsCholesky: Covariances?

  /// The parameters of a mixture, of the smallest type that holds it; components of weight 0 are left
  /// out.
  ///
  /// - Throws: ``/OrnsteinDiffusion/TargetError`` if a covariance is singular, which scikit-learn cannot
  ///   hold.
  public init(_ mixture: GaussianMixtureDescription) throws(TargetError) {
    let components = mixture.components.filter { $0.weight > 0 }
    let total = components.reduce(0) { $0 + $1.weight }
    weights = components.map { $0.weight / total }
    means = components.map(\.mean)
    let all = components.map(\.covariance)
    let d = mixture.dimension
    let isSpherical = all.allSatisfy { if case .identity = $0 { true } else { $0.isIsotropic } }
    if isSpherical {
      covariances = .spherical(all.map { $0.rows(dimension: d)[0][0] })
    } else if all.allSatisfy(\.isAxisAligned) {
      covariances = .diagonal(
        all.map { covariance in
          let matrix = covariance.rows(dimension: d)
          return (0..<d).map { matrix[$0][$0] }
        })
    } else {
      let matrices = all.map { $0.rows(dimension: d) }
      covariances =
        matrices.allSatisfy { $0 == matrices[0] } ? .tied(matrices[0]) : .full(matrices)
    }
    precisionsCholesky = try Self.precisions(of: covariances)
  }

  /// The mixture that the parameters describe, under a name.
  ///
  /// - Throws: ``/OrnsteinDiffusion/TargetError`` that names the first parameter that is wrong.
  public func mixture(name: String = "mixture") throws(TargetError) -> GaussianMixtureDescription {
    let (k, d) = (weights.count, means.first?.count ?? 0)
    guard k > 0 else { throw TargetError(path: "weights_", reason: "There is no component.") }
    guard means.count == k else {
      throw TargetError(
        path: "means_", reason: "\(means.count) means are given for \(k) weights.")
    }
    let description = GaussianMixtureDescription(
      name: name, dimension: d,
      components: try componentCovariances(k, d).enumerated().map { index, covariance in
        .init(weight: weights[index], mean: means[index], covariance: covariance)
      })
    do throws(MixtureError) {
      try description.validate()
    } catch {
      throw TargetError(path: "", reason: error.description)
    }
    try checkPrecisions()
    return description
  }

  private func componentCovariances(_ k: Int, _ d: Int) throws(TargetError) -> [MixtureCovariance] {
    func check(_ count: Int, _ needed: Int, _ place: String) throws(TargetError) {
      guard count == needed else {
        throw TargetError(
          path: "covariances_\(place)",
          reason: "The length is \(count) and must be \(needed) for the type "
            + "\"\(covariances.type)\".")
      }
    }
    func matrix(_ rows: [[Double]], _ place: String) throws(TargetError) -> MixtureCovariance {
      try check(rows.count, d, place)
      for (index, row) in rows.enumerated() { try check(row.count, d, "\(place)[\(index)]") }
      return .full(rows)
    }
    switch covariances {
    case .full(let matrices):
      try check(matrices.count, k, "")
      var all: [MixtureCovariance] = []
      for (index, rows) in matrices.enumerated() { all.append(try matrix(rows, "[\(index)]")) }
      return all
    case .tied(let rows):
      return [MixtureCovariance](repeating: try matrix(rows, ""), count: k)
    case .diagonal(let rows):
      try check(rows.count, k, "")
      for (index, row) in rows.enumerated() { try check(row.count, d, "[\(index)]") }
      return rows.map { .diagonal($0) }
    case .spherical(let variances):
      try check(variances.count, k, "")
      return variances.map { .isotropic($0) }
    }
  }

  /// Makes sure that given precisions belong to the covariances.
  private func checkPrecisions() throws(TargetError) {
    guard let given = precisionsCholesky else { return }
    let right = try Self.precisions(of: covariances)
    let (found, expected) = (given.numbers, right.numbers)
    let agrees =
      found.count == expected.count && given.type == right.type
      && zip(found, expected).allSatisfy { (abs($0 - $1) <= 1e-6 * max(abs($1), right.scale)) }
    guard agrees else {
      throw TargetError(
        path: "precisions_cholesky_",
        reason: "The precisions are not those of \"covariances_\"; leave them out or correct them.")
    }
  }

  /// P of each covariance: the transposed inverse of its Cholesky factor.
  private static func precisions(of covariances: Covariances) throws(TargetError) -> Covariances {
    func root(_ variance: Double, _ component: Int) throws(TargetError) -> Double {
      guard variance > 0 else { throw singular(component) }
      return 1 / variance.squareRoot()
    }
    func root(_ rows: [[Double]], _ component: Int) throws(TargetError) -> [[Double]] {
      let d = rows.count
      guard let factor = try? Cholesky(of: rows.flatMap(\.self), dimension: d).lower else {
        throw singular(component)
      }
      var inverse = [[Double]](repeating: [Double](repeating: 0, count: d), count: d)
      for column in 0..<d {
        for row in column..<d {
          var value = row == column ? 1.0 : 0
          for k in column..<row { value -= factor[row * d + k] * inverse[column][k] }
          // Row `column` of the transposed inverse.
          inverse[column][row] = value / factor[row * d + row]
        }
      }
      return inverse
    }
    switch covariances {
    case .full(let matrices):
      var all: [[[Double]]] = []
      for (index, rows) in matrices.enumerated() { all.append(try root(rows, index)) }
      return .full(all)
    case .tied(let rows): return .tied(try root(rows, 0))
    case .diagonal(let rows):
      var all: [[Double]] = []
      for (index, variances) in rows.enumerated() {
        var row: [Double] = []
        for variance in variances { row.append(try root(variance, index)) }
        all.append(row)
      }
      return .diagonal(all)
    case .spherical(let variances):
      var all: [Double] = []
      for (index, variance) in variances.enumerated() { all.append(try root(variance, index)) }
      return .spherical(all)
    }
  }

  private static func singular(_ component: Int) -> TargetError {
    TargetError(
      path: "components[\(component)].covariance",
      reason: "The covariance is singular, which scikit-learn cannot hold; add a little noise.")
  }
}

extension ScikitLearnMixture.Covariances {
  fileprivate var numbers: [Double] {
    switch self {
    case .full(let matrices): matrices.flatMap { $0.flatMap(\.self) }
    case .tied(let rows), .diagonal(let rows): rows.flatMap(\.self)
    case .spherical(let variances): variances
    }
  }

  fileprivate var scale: Double { numbers.reduce(0) { max($0, abs($1)) } }
}

extension MixtureCovariance {
  fileprivate var isIsotropic: Bool { if case .isotropic = self { true } else { false } }
}
