import OrnsteinNumerics

extension GaussianMixture {
  /// The law of some coordinates: the same weights, with the parts of the means and covariances.
  ///
  /// - Parameter coordinates: Different coordinates, counted from 0, in the order in which the new law
  ///   has them.
  /// - Throws: ``ConditionalError`` if there is no such coordinate, or one is named twice.
  public func marginal(of coordinates: [Int]) throws(ConditionalError) -> GaussianMixture {
    try ConditionalError.check(coordinates, dimension: dimension)
    guard !coordinates.isEmpty else { throw .nothingLeft }
    do throws(MixtureError) {
      return try GaussianMixture(
        GaussianMixtureDescription(
          name: description.name, dimension: coordinates.count, comment: description.comment,
          components: description.components.map { component in
            .init(
              weight: component.weight, mean: coordinates.map { component.mean[$0] },
              covariance: component.covariance.part(of: coordinates))
          }))
    } catch {
      throw .mixture(error)
    }
  }
}

extension MixtureCovariance {
  /// The covariance of some coordinates, of the same kind.
  func part(of coordinates: [Int]) -> MixtureCovariance {
    switch self {
    case .identity, .isotropic: self
    case .diagonal(let variances): .diagonal(coordinates.map { variances[$0] })
    case .full(let rows):
      .full(coordinates.map { row in coordinates.map { rows[row][$0] } })
    }
  }
}

extension ConditionalError {
  static func check(_ coordinates: [Int], dimension: Int) throws(ConditionalError) {
    var seen: Set<Int> = []
    for coordinate in coordinates {
      guard coordinate >= 0, coordinate < dimension else {
        throw .noSuchCoordinate(coordinate, dimension: dimension)
      }
      guard seen.insert(coordinate).inserted else { throw .repeatedCoordinate(coordinate) }
    }
  }
}
