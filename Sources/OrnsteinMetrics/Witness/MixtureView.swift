import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// A noised mixture from the side of its components: how probable each is for a point, and where the
/// point lies in it.
struct MixtureView: Sendable {
  private struct Component: Sendable {
    var logConstant: Double
    /// The mean in the coordinates of the axes.
    var mean: [Double]
    /// 1 over the standard deviation along each axis.
    var scales: [Double]
    /// Row-major, axis j in row j; `nil` for the axes of coordinates.
    var axes: [Double]?
  }

  let dimension: Int
  private let components: [Component]

  var count: Int { components.count }

  /// The view of a law, or `nil` if it is no mixture with a density.
  init?(_ law: ReferenceLaw) {
    guard let mixture = law.mixture, law.hasDensity else { return nil }
    let (d, level) = (mixture.dimension, law.level)
    dimension = d
    var components: [Component] = []
    for part in mixture.description.components where part.weight > 0 {
      var variances = [Double](repeating: 1, count: d)
      var axes: [Double]?
      switch part.covariance {
      case .identity: break
      case .isotropic(let variance): variances = variances.map { _ in variance }
      case .diagonal(let numbers): variances = numbers
      case .full(let rows):
        guard let eigen = try? SymmetricEigendecomposition(of: rows.flatMap(\.self), dimension: d)
        else { return nil }
        variances = eigen.values.map { max($0, 0) }
        axes = eigen.vectors
      }
      let noised = variances.map { level.alpha * level.alpha * $0 + level.sigma * level.sigma }
      var mean = part.mean.map { level.alpha * $0 }
      if let axes {
        mean = SystemLinearAlgebra.current.product(axes, mean, rows: d, inner: d, columns: 1)
      }
      components.append(
        Component(
          logConstant: .log(part.weight) - noised.reduce(0) { $0 + .log(2 * .pi * $1) } / 2,
          mean: mean, scales: noised.map { 1 / $0.squareRoot() }, axes: axes))
    }
    self.components = components
  }

  /// Writes the probability of each component given a point, and the point in each component's own
  /// coordinates, in which the component is N(0, I).
  ///
  /// - Returns: The log-density.
  func write(
    _ point: UnsafePointer<Double>, probabilities: UnsafeMutablePointer<Double>,
    places: UnsafeMutablePointer<Double>
  ) -> Double {
    let d = dimension
    var largest = -Double.infinity
    for (k, component) in components.enumerated() {
      let place = places + k * d
      var square = 0.0
      component.mean.withUnsafeBufferPointer { mean in
        component.scales.withUnsafeBufferPointer { scales in
          if let axes = component.axes {
            axes.withUnsafeBufferPointer { axes in
              for j in 0..<d {
                var sum = 0.0
                for i in 0..<d { sum += axes[j * d + i] * point[i] }
                place[j] = (sum - mean[j]) * scales[j]
              }
            }
          } else {
            for j in 0..<d { place[j] = (point[j] - mean[j]) * scales[j] }
          }
        }
      }
      for j in 0..<d { square += place[j] * place[j] }
      probabilities[k] = component.logConstant - square / 2
      largest = max(largest, probabilities[k])
    }
    var sum = 0.0
    for k in components.indices {
      let gap = probabilities[k] - largest
      probabilities[k] = gap > -700 ? .exp(gap) : 0
      sum += probabilities[k]
    }
    for k in components.indices { probabilities[k] /= sum }
    return largest + .log(sum)
  }
}
