import OrnsteinNumerics

/// Points at the horizon close to the boundaries between what the flow leads to different places.
///
/// There a small error at high noise becomes a large one, and typical points are rarely there.
enum BasinEdges {
  /// Halves the way between pairs of independent starts, keeping the half over which a crude image
  /// moves most.
  ///
  /// - Returns: `count` points in y = x / alpha.
  static func find(_ count: Int, in range: PilotRange) throws(SamplingError) -> [Double] {
    let d = range.score.dimension
    let levels = [Double].geometric(from: range.start, to: range.tail, count: 48)
    func image(_ points: [Double]) -> [Double] {
      var y = points
      for (sigma, next) in zip(levels, levels.dropFirst()) {
        y = range.score.euler(y, from: sigma, to: next)
      }
      return range.score.euler(y, from: range.tail, to: 0)
    }
    var a = try range.draw(count, .pilotEdges, step: 0)
    var b = try range.draw(count, .pilotEdges, step: 1)
    var (imageA, imageB) = (image(a), image(b))
    for _ in 0..<8 {
      let middle = a.indices.map { (a[$0] + b[$0]) / 2 }
      let imageMiddle = image(middle)
      let fromA = imageMiddle.adding(imageA, times: -1).meanSquares(dimension: d)
      let fromB = imageMiddle.adding(imageB, times: -1).meanSquares(dimension: d)
      for point in 0..<count {
        let nearA = fromA[point] > fromB[point]
        for index in point * d..<(point + 1) * d {
          if nearA {
            (b[index], imageB[index]) = (middle[index], imageMiddle[index])
          } else {
            (a[index], imageA[index]) = (middle[index], imageMiddle[index])
          }
        }
      }
    }
    return a.indices.map { (a[$0] + b[$0]) / 2 }
  }
}
