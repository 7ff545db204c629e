import OrnsteinNumerics

/// The rows of a chunk on their way along the flow.
struct FlowRun<Scalar: BatchScalar> {
  let d: Int
  /// The traces of a row.
  let traces: Int
  /// The points, `d` numbers a row.
  let z: UnsafeMutableBufferPointer<Double>
  /// The integrals of the traces.
  let changes: UnsafeMutableBufferPointer<Double>
  /// The sums of the error estimates.
  let errors: UnsafeMutableBufferPointer<Double>
  /// The slopes at each row's place, `d + traces` numbers a row.
  let slopes: UnsafeMutableBufferPointer<Double>
  /// The probes: block by block, `d` numbers a row.
  let directions: UnsafeMutableBufferPointer<Scalar>
  /// The number of probes, 0 for an exact trace.
  let probes: Int
  /// How often each row expects to halve a whole step.
  let halvings: UnsafeMutableBufferPointer<Int32>
  /// The first row whose slopes are not finite.
  var failed: Int?

  init(
    d: Int, traces: Int, z: UnsafeMutableBufferPointer<Double>,
    changes: UnsafeMutableBufferPointer<Double>, errors: UnsafeMutableBufferPointer<Double>,
    slopes: UnsafeMutableBufferPointer<Double>, directions: UnsafeMutableBufferPointer<Scalar>,
    probes: Int, halvings: UnsafeMutableBufferPointer<Int32>
  ) {
    self.d = d
    self.traces = traces
    self.z = z
    self.changes = changes
    self.errors = errors
    self.slopes = slopes
    self.directions = directions
    self.probes = probes
    self.halvings = halvings
  }

  /// The probes of some rows, block by block.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func gatherDirections(
    _ rows: UnsafeBufferPointer<Int32>, into output: UnsafeMutableBufferPointer<Scalar>
  ) {
    let n = halvings.count
    for probe in 0..<probes {
      for (index, row) in rows.enumerated() {
        for j in 0..<d {
          output[(probe * rows.count + index) * d + j] = directions[(probe * n + Int(row)) * d + j]
        }
      }
    }
  }

  /// The slopes of some rows.
  func gatherSlopes(
    _ rows: UnsafeBufferPointer<Int32>, into output: UnsafeMutablePointer<Double>
  ) {
    let width = d + traces
    for (index, row) in rows.enumerated() {
      for j in 0..<width { output[index * width + j] = slopes[Int(row) * width + j] }
    }
  }

  /// z + step times a combination of the first stages.
  func place(
    _ rows: UnsafeBufferPointer<Int32>, _ stages: UnsafePointer<Double>, _ weights: [Double],
    times step: Double, into output: UnsafeMutableBufferPointer<Double>
  ) {
    let (m, width) = (rows.count, d + traces)
    for (index, row) in rows.enumerated() {
      for j in 0..<d {
        var sum = 0.0
        for (stage, weight) in weights.enumerated() {
          sum += weight * stages[(stage * m + index) * width + j]
        }
        output[index * d + j] = z[Int(row) * d + j] + step * sum
      }
    }
  }

  /// What the difference of the two orders does to the log-density.
  ///
  /// The terms of s . dz, by the root of the sum of their squares so that they do not cancel by chance,
  /// and |dD| to first order, |dz|^2 / sigma^2 for the second.
  func error(
    _ index: Int, of m: Int, _ stages: UnsafePointer<Double>,
    _ place: UnsafeMutableBufferPointer<Double>, step: Double, variance: Double
  ) -> Double {
    let width = d + traces
    func difference(_ j: Int) -> Double {
      var sum = 0.0
      for (stage, weight) in DormandPrince.error.enumerated() {
        sum += weight * stages[(stage * m + index) * width + j]
      }
      return step * sum
    }
    var (along, terms, square, change) = (0.0, 0.0, 0.0, 0.0)
    for j in 0..<d {
      let move = difference(j)
      let score = -stages[(6 * m + index) * width + j] / variance - place[index * d + j]
      along += score * move
      terms += score * move * score * move
      square += move * move
    }
    for probe in 0..<traces { change += difference(d + probe) }
    return max(abs(along), terms.squareRoot()) + abs(change) / Double(traces) + square / variance
  }

  /// What rounding alone makes of ``error(_:of:_:_:step:variance:)``, about: scores and traces err by some
  /// units of the last place of what they are made of.
  func roundingError(
    _ index: Int, of m: Int, _ stages: UnsafePointer<Double>,
    _ place: UnsafeMutableBufferPointer<Double>, step: Double, variance: Double
  ) -> Double {
    let width = d + traces
    let slopes = stages + (6 * m + index) * width
    var sum = variance * Double(d)
    for j in 0..<d {
      let score = -slopes[j] / variance - place[index * d + j]
      sum += abs(score) * variance * (abs(score) + abs(place[index * d + j]))
    }
    for probe in 0..<traces { sum += abs(slopes[d + probe]) / Double(traces) }
    return 2 * Double(Scalar.ulpOfOne) * step * sum
  }

  /// Moves a row to the end of its step, where the last stage is its slope.
  func accept(
    _ row: Int, _ index: Int, of m: Int, _ stages: UnsafePointer<Double>,
    _ place: UnsafeMutableBufferPointer<Double>, step: Double, error: Double
  ) {
    let width = d + traces
    for j in 0..<d { z[row * d + j] = place[index * d + j] }
    for probe in 0..<traces {
      var sum = 0.0
      for (stage, weight) in DormandPrince.weights[6].enumerated() {
        sum += weight * stages[(stage * m + index) * width + d + probe]
      }
      changes[row * traces + probe] += step * sum
    }
    for j in 0..<width { slopes[row * width + j] = stages[(6 * m + index) * width + j] }
    errors[row] += error
  }
}
