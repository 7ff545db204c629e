import Foundation

/// y = c x^p, by least squares of the logarithms.
struct PowerLaw {
  let factor: Double
  let exponent: Double

  init(of points: [(x: Double, y: Double)]) {
    let logs = points.map { (x: log($0.x), y: log($0.y)) }
    let count = Double(logs.count)
    let x = logs.reduce(0) { $0 + $1.x } / count
    let y = logs.reduce(0) { $0 + $1.y } / count
    let products = logs.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
    exponent = products / logs.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    factor = exp(y - exponent * x)
  }

  func callAsFunction(_ x: Double) -> Double { factor * pow(x, exponent) }
}
