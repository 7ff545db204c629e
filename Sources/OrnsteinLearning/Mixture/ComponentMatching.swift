import OrnsteinDiffusion
import OrnsteinNumerics

/// The components of one mixture beside those of another, matched so that the squared distances of
/// their centres sum to the least, and the errors of the parameters that are left.
///
/// The order of components means nothing, so parameters are compared after the best of all matchings,
/// found in O(K^3). If the numbers of components differ, those of the smaller mixture are matched.
public struct ComponentMatching: Sendable, Equatable {
  /// The component of the truth that each component of the estimate goes with, or `nil`.
  public let partners: [Int?]
  /// The root of the mean over matched pairs of the squared distance of their centres.
  public let centreError: Double
  /// The largest distance between the centres of a pair.
  public let largestCentreError: Double
  /// Half of the sum of the absolute differences of the weights; a component without a partner counts
  /// with its weight.
  public let weightError: Double

  /// Matches an estimate with the truth.
  ///
  /// - Throws: ``DescentError`` if the dimensions differ.
  public init(
    _ estimate: GaussianMixture<Double>, with truth: GaussianMixture<Double>
  ) throws(DescentError) {
    let (a, b) = (estimate.description.components, truth.description.components)
    try self.init(
      centres: a.map(\.mean), weights: a.map(\.weight), truth: b.map(\.mean),
      trueWeights: b.map(\.weight))
  }

  /// Matches centres and weights with true ones.
  ///
  /// - Parameters:
  ///   - centres: At least one centre.
  ///   - weights: As many weights.
  ///   - truth: At least one true centre.
  ///   - trueWeights: As many weights.
  /// - Throws: ``DescentError`` if the dimensions differ.
  public init(
    centres: [[Double]], weights: [Double], truth: [[Double]], trueWeights: [Double]
  ) throws(DescentError) {
    precondition(
      !centres.isEmpty && !truth.isEmpty && weights.count == centres.count
        && trueWeights.count == truth.count,
      "Every mixture needs a centre, and every centre a weight.")
    let dimension = truth[0].count
    for centre in centres + truth where centre.count != dimension {
      throw .wrongDimension(found: centre.count, expected: dimension)
    }
    let isSwapped = centres.count > truth.count
    let (few, many) = isSwapped ? (truth, centres) : (centres, truth)
    let costs = few.flatMap { a in many.map { b in Self.square(a, b) } }
    let assignment = Assignment(costs: costs, rows: few.count, columns: many.count)
    var partners = [Int?](repeating: nil, count: centres.count)
    for (row, column) in assignment.columns.enumerated() {
      if isSwapped { partners[column] = row } else { partners[row] = column }
    }
    self.partners = partners
    let squares = assignment.columns.enumerated().map { costs[$0 * many.count + $1] }
    centreError = (squares.reduce(0, +) / Double(few.count)).squareRoot()
    largestCentreError = (squares.max() ?? 0).squareRoot()
    var left = trueWeights
    var sum = 0.0
    for (weight, partner) in zip(weights, partners) {
      guard let partner else {
        sum += weight
        continue
      }
      sum += abs(weight - trueWeights[partner])
      left[partner] = 0
    }
    weightError = (sum + left.reduce(0, +)) / 2
  }

  private static func square(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
