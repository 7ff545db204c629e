import RealModule

/// The slope of log(error) against log(1 / count) by least squares: the order of a method.
func fittedOrder(_ errors: [(count: Int, error: Double)]) -> Double {
  let points = errors.map { (x: -Double.log(Double($0.count)), y: Double.log($0.error)) }
  let meanX = points.reduce(0) { $0 + $1.x } / Double(points.count)
  let meanY = points.reduce(0) { $0 + $1.y } / Double(points.count)
  return points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    / points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
}
