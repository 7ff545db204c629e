import OrnsteinNumerics
import RealModule

/// The law of the missing coordinates at one value of the observed ones, which can be moved from value
/// to value without allocating.
public struct ConditionalPoint: Sendable {
  /// The coordinates, and what has been factored.
  public let regression: MixtureRegression
  /// The probability of each component given the values.
  public private(set) var probabilities: [Double]
  /// The log-density of the values themselves, in nats.
  public private(set) var logDensity = 0.0
  /// L^{-1} (x_o - mu_o) / s_o of each component.
  private var whitened: [Double]

  /// A point that must be moved to values before it is asked.
  ///
  /// - Parameter regression: What has been factored.
  public init(of regression: MixtureRegression) {
    self.regression = regression
    probabilities = [Double](repeating: 0, count: regression.parts.count)
    whitened = [Double](repeating: 0, count: regression.parts.count * regression.observed.count)
  }

  /// Takes other values.
  ///
  /// - Parameter values: One finite number an observed coordinate, in their order.
  /// - Throws: ``ConditionalError`` if a value is not finite or too far from everything.
  public mutating func move(to values: [Double]) throws(ConditionalError) {
    let observed = regression.observed
    precondition(
      values.count == observed.count,
      "\(values.count) values are given for \(observed.count) coordinates.")
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(coordinate: observed[index])
    }
    var largest = -Double.infinity
    for index in regression.parts.indices {
      let exponent = exponent(of: index, at: values)
      probabilities[index] = exponent
      largest = max(largest, exponent)
    }
    guard largest > -.infinity else {
      throw .tooFar(coordinate: farthest(from: values))
    }
    var sum = 0.0
    for index in probabilities.indices {
      probabilities[index] = .exp(probabilities[index] - largest)
      sum += probabilities[index]
    }
    for index in probabilities.indices { probabilities[index] /= sum }
    logDensity = largest + .log(sum)
  }

  /// log w_k N(x_o; mu_o, C_oo), -infinity where it is beyond all numbers.
  private mutating func exponent(of index: Int, at values: [Double]) -> Double {
    let part = regression.parts[index]
    guard part.logConstant > -.infinity else { return -.infinity }
    let o = values.count
    var square = 0.0
    for row in 0..<o {
      var value = (values[row] - part.observedMean[row]) * part.factor.precisions[row]
      if let lower = part.factor.lower {
        for k in 0..<row { value -= lower[row * o + k] * whitened[index * o + k] }
        value /= lower[row * o + row]
      }
      whitened[index * o + row] = value
      square += value * value
    }
    let exponent = part.logConstant - square / 2
    return exponent.isNaN ? -.infinity : exponent
  }

  private func farthest(from values: [Double]) -> Int {
    let part = regression.parts.first { $0.logConstant > -.infinity } ?? regression.parts[0]
    let place = values.indices.max {
      abs(values[$0] - part.observedMean[$0]) * part.factor.precisions[$0]
        < abs(values[$1] - part.observedMean[$1]) * part.factor.precisions[$1]
    }
    return place.map { regression.observed[$0] } ?? 0
  }

  /// The mean of the missing coordinates given the values and a component.
  public func mean(ofComponent index: Int) -> [Double] {
    let part = regression.parts[index]
    var mean = part.missingMean
    addShift(of: part, index, to: &mean)
    return mean
  }

  private func addShift(of part: MixtureRegression.Part, _ index: Int, to mean: inout [Double]) {
    guard let matrix = part.factor.regression else { return }
    let (o, m) = (regression.observed.count, mean.count)
    for row in 0..<o {
      let value = whitened[index * o + row]
      for j in 0..<m { mean[j] += matrix[row * m + j] * value }
    }
  }

  /// The mean of the missing coordinates given the values.
  public var mean: [Double] {
    var mean = [Double](repeating: 0, count: regression.missing.count)
    for index in probabilities.indices where probabilities[index] > 0 {
      let own = self.mean(ofComponent: index)
      for j in mean.indices { mean[j] += probabilities[index] * own[j] }
    }
    return mean
  }

  /// The variance of a missing coordinate given the values and a component.
  ///
  /// - Parameters:
  ///   - place: The place of the coordinate among the missing ones.
  ///   - index: The component.
  public func variance(at place: Int, ofComponent index: Int) -> Double {
    regression.parts[index].factor.covariance.variance(of: place)
  }

  /// The variance of each missing coordinate given the values.
  public var variances: [Double] {
    let mean = mean
    var variances = [Double](repeating: 0, count: mean.count)
    for index in probabilities.indices where probabilities[index] > 0 {
      let own = self.mean(ofComponent: index)
      for j in mean.indices {
        let distance = own[j] - mean[j]
        variances[j] +=
          probabilities[index] * (variance(at: j, ofComponent: index) + distance * distance)
      }
    }
    return variances
  }

  /// Draws the missing coordinates.
  ///
  /// - Parameters:
  ///   - uniform: A uniform number, which chooses the component.
  ///   - normals: One standard normal a missing coordinate; receives the point.
  public func draw(uniform: Double, normals: inout [Double]) {
    let index = component(at: uniform)
    let part = regression.parts[index]
    let m = regression.missing.count
    var point = part.missingMean
    addShift(of: part, index, to: &point)
    let root = part.factor.root
    if part.factor.regression == nil {
      for j in 0..<m { point[j] += root[j] * normals[j] }
    } else {
      for j in 0..<m {
        for axis in 0..<m { point[j] += root[j * m + axis] * normals[axis] }
      }
    }
    normals = point
  }

  /// The first component whose cumulative probability is above a number.
  private func component(at uniform: Double) -> Int {
    var (sum, last) = (0.0, 0)
    for index in probabilities.indices where probabilities[index] > 0 {
      sum += probabilities[index]
      last = index
      if sum > uniform { return index }
    }
    return last
  }
}
