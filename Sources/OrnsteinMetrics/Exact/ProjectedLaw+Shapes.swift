import RealModule

extension ProjectedLaw {
  /// The law of sum_i w_i U_i + noise xi for independent U_i uniform on [-1, 1].
  ///
  /// The widest term, with the noise, is closed; each further one averages the distribution function
  /// over an interval, exactly on its straight pieces.
  ///
  /// - Parameters:
  ///   - widths: 0 or more each.
  ///   - noise: The standard deviation of the noise, 0 or more.
  static func cube(widths: [Double], noise: Double) -> ProjectedLaw? {
    let widths = widths.filter { $0 > 0 }.sorted(by: >)
    guard let widest = widths.first else { return nil }
    let reach = widest + 9 * noise
    var law: ProjectedLaw
    if noise == 0 {
      law = ProjectedLaw(range: -widest...widest, nodes: 2) { ($0 + widest) / (2 * widest) }
    } else {
      let count = min(1 << 17, max(4096, Int(2 * reach / noise * 128)))
      law = ProjectedLaw(range: -reach...reach, nodes: count) { x in
        // The antiderivative of Phi is z Phi(z) + phi(z).
        func area(_ z: Double) -> Double {
          z * .erfc(-z / .sqrt(2)) / 2 + .exp(-z * z / 2) / .sqrt(2 * .pi)
        }
        let (far, near) = ((x + widest) / noise, (x - widest) / noise)
        return (area(far) - area(near)) * noise / (2 * widest)
      }
    }
    let count = max(8192, law.nodes.count)
    for width in widths.dropFirst() where width > 1e-9 * widest {
      law = law.spread(by: width, nodes: count)
    }
    return law
  }

  /// The law of R s + noise xi for s a coordinate of a uniform point of the unit sphere.
  ///
  /// With s = -cos a the density of a is proportional to sin^{d - 2} a on [0, pi].
  ///
  /// - Parameters:
  ///   - radius: R, above 0.
  ///   - dimension: d.
  ///   - noise: The standard deviation of the noise, 0 or more.
  static func sphere(radius: Double, dimension: Int, noise: Double) -> ProjectedLaw {
    guard dimension > 1 else {
      return ProjectedLaw(
        [-radius, radius].map { Part(weight: 0.5, mean: $0, deviation: noise) })
    }
    let count = 1 << 14
    let step = Double.pi / Double(count)
    func density(_ angle: Double) -> Double { .pow(.sin(angle), Double(dimension - 2)) }
    // Simpson's rule on each piece, and the distribution function by running sums.
    var sums = [0.0]
    for index in 0..<count {
      let angle = Double(index) * step
      let piece =
        dimension == 2
        ? step
        : (density(angle) + 4 * density(angle + step / 2) + density(min(angle + step, .pi)))
          * step / 6
      sums.append(sums[index] + piece)
    }
    let total = sums[count]
    if noise == 0 {
      let range = -radius...radius
      return ProjectedLaw(range: range, nodes: 1 << 14) { x in
        let place = Double.acos(min(max(-x / radius, -1), 1)) / step
        let index = min(Int(place), count - 1)
        // One more panel for the rest of the way.
        let (from, rest) = (Double(index) * step, (place - Double(index)) * step)
        let part =
          dimension == 2
          ? rest
          : (density(from) + 4 * density(from + rest / 2) + density(min(from + rest, .pi))) * rest
            / 6
        return (sums[index] + part) / total
      }
    }
    let reach = radius + 9 * noise
    let nodes = min(1 << 15, max(4096, Int(2 * reach / noise * 64)))
    // Point masses at the middles of the pieces, each with its noise.
    let weights = (0..<count).map { (sums[$0 + 1] - sums[$0]) / total }
    let places = (0..<count).map { -radius * .cos((Double($0) + 0.5) * step) }
    return ProjectedLaw(range: -reach...reach, nodes: nodes) { x in
      let first = firstIndex(in: places) { $0 > x - 9 * noise }
      let last = firstIndex(in: places) { $0 > x + 9 * noise }
      var value = sums[first] / total
      for index in first..<last {
        value += weights[index] * .erfc((places[index] - x) / (noise * .sqrt(2))) / 2
      }
      return value
    }
  }
}
