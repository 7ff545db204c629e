import OrnsteinNumerics
import RealModule

/// The regression of one noise level.
struct LevelRegression {
  let data: Batch<Double>
  /// The data rows of the level in their random order.
  let rows: [Int]
  /// t.
  let addedVariance: Double
  /// tau^2.
  let variance: Double
  let settings: PolynomialSettings
  let key: NoiseKey
  /// The number of the level, for its noise.
  let index: Int
  let threads: Int

  /// Without added noise, the implicit loss is fitted.
  private var isImplicit: Bool { addedVariance == 0 }

  private var copies: Int {
    isImplicit ? 1 : settings.copies ?? (rows.count < 20_000 ? 4 : 2)
  }

  /// The cells of the level and what was learned.
  ///
  /// - Throws: ``PolynomialError/notSolved(level:cell:)``.
  func run(centres: [[Double]]) throws -> (cells: [PolynomialCell], record: PolynomialLevelRecord) {
    var frames = centres.indices.map {
      CellFrame($0, of: centres, variance: variance, fades: isImplicit)
    }
    let first = try noised(copy: 0, centres: centres)
    let counts = centres.indices.map { first.count(2 * $0) + first.count(2 * $0 + 1) }
    let linear = try equations(of: frames, on: [first])
    let radii = try BucketSums(first, threads: threads).largest(1) { bucket, places, largest, _ in
      raiseDistance(of: places, first, from: centres[bucket / 2], largest)
    }
    for cell in frames.indices where counts[cell] > 0 {
      frames[cell] = frames[cell].refined(
        by: linear[2 * cell] + linear[2 * cell + 1], variance: variance,
        reduces: data.dimension > settings.reducedAbove, rows: counts[cell],
        ridge: settings.ridge)
      frames[cell].cell.meanRadius = max(radii[2 * cell][0], radii[2 * cell + 1][0])
      frames[cell].basis = basis(rank: frames[cell].cell.rank, rows: counts[cell])
    }
    let placed = frames
    let lengths = try BucketSums(first, threads: threads).largest(1) {
      bucket, places, largest, workspace in
      raiseLength(of: places, first, placed[bucket / 2], largest, workspace)
    }
    for cell in frames.indices {
      let longest = max(lengths[2 * cell][0], lengths[2 * cell + 1][0])
      let usual =
        Double(frames[cell].cell.rank).squareRoot() + 1
        + (2 * .log(Double(max(counts[cell], 2)))).squareRoot()
      frames[cell].cell.pointRadius = isImplicit ? longest : min(longest, usual)
    }
    var batches = [first]
    for copy in 1..<max(copies, 1) { batches.append(try noised(copy: copy, centres: centres)) }
    let sums = try equations(of: frames, on: batches)
    return try assemble(frames, sums, counts)
  }

  /// Fits every cell that has rows.
  private func assemble(
    _ frames: [CellFrame], _ sums: [NormalEquations], _ counts: [Int]
  ) throws -> (cells: [PolynomialCell], record: PolynomialLevelRecord) {
    var cells: [PolynomialCell] = []
    var error = 0.0
    for (index, frame) in frames.enumerated() where counts[index] > 0 {
      guard
        let fit = CellFit(
          halves: (sums[2 * index], sums[2 * index + 1]), basis: frame.basis,
          ridge: settings.ridge)
      else { throw PolynomialError.notSolved(level: self.index, cell: index) }
      var cell = frame.cell
      cell.degree = fit.degree
      cell.coefficients = fit.coefficients
      cells.append(cell)
      error += Double(counts[index]) * fit.squaredError
    }
    let degrees = cells.map(\.degree)
    let record = PolynomialLevelRecord(
      addedVariance: addedVariance, variance: variance, cells: cells.count,
      degrees: (degrees.min() ?? 0)...(degrees.max() ?? 0), rank: cells.map(\.rank).max() ?? 0,
      features: cells.map { $0.coefficients.count / data.dimension }.max() ?? 0,
      rows: rows.count, scoreError: error / (Double(counts.reduce(0, +)) * variance * variance))
    return (cells, record)
  }

  /// The basis of the highest degree that the rows of a cell carry.
  private func basis(rank: Int, rows: Int) -> HermiteBasis {
    let limit = min(
      Double(settings.maximumFeatures), Double(rows) / settings.rowsPerFeature)
    var degree = 0
    while degree < settings.maximumDegree, rank > 0,
      let count = HermiteBasis.count(dimension: rank, degree: degree + 1), Double(count) <= limit
    {
      degree += 1
    }
    return HermiteBasis(dimension: rank, degree: degree)
  }

  /// The rows with one draw of noise; the second of two draws is the first reversed.
  private func noised(copy: Int, centres: [[Double]]) throws -> NoisedCells {
    let deviation = addedVariance.squareRoot()
    return try NoisedCells(
      data: data, rows: rows, deviation: copy.isMultiple(of: 2) ? deviation : -deviation,
      stream: key.stream(.polynomialNoise, step: 64 * index + copy / 2), centres: centres,
      overlap: isImplicit ? CellFrame.borderWidth(variance: variance) : 0, threads: threads)
  }

  /// The normal equations of each half of each cell.
  private func equations(
    of frames: [CellFrame], on batches: [NoisedCells]
  ) throws -> [NormalEquations] {
    let n = data.dimension
    let widths = (0..<2 * frames.count).map { bucket in
      let frame = frames[bucket / 2]
      return frame.basis.count + n + (frame.fades ? n : 0)
    }
    var sums = widths.map { [Double](repeating: 0, count: $0 * $0) }
    for batch in batches {
      try BucketSums(batch, threads: threads).addGrams(widths: widths, to: &sums) {
        bucket, places, rows, workspace in
        fill(
          rows, width: widths[bucket], places: places, batch, frames[bucket / 2], workspace)
      }
    }
    return sums.indices.map { bucket in
      extract(sums[bucket], width: widths[bucket], frames[bucket / 2])
    }
  }

  /// Writes rows of features, responses and, beyond fading borders, gradients of the weight.
  private func fill(
    _ rows: UnsafeMutablePointer<Double>, width: Int, places: UnsafeBufferPointer<Int>,
    _ batch: NoisedCells, _ frame: CellFrame, _ workspace: Workspace
  ) {
    let (n, r, count) = (data.dimension, frame.cell.rank, frame.basis.count)
    let ratio = isImplicit ? 0 : variance / addedVariance
    workspace.withBuffer(of: Double.self, count: places.count * (n + max(r, 1)) + n) { scratch in
      guard let points = scratch.baseAddress else { return }
      let z = points + places.count * n
      let gradient = z + places.count * max(r, 1)
      gather(places, batch, into: points)
      frame.cell.project(points, rows: places.count, into: z, shrinking: nil)
      frame.basis.write(
        at: z, rows: places.count, into: rows, stride: width, workspace: workspace)
      batch.data.withUnsafeBufferPointer { data in
        for (row, place) in places.enumerated() {
          let output = rows + row * width
          let clean = batch.rows[place] * n
          for j in 0..<n {
            let y = points[row * n + j]
            output[count + j] = y - ratio * (y - data[clean + j]) - frame.cell.centre[j]
          }
          guard frame.fades else { continue }
          let weight = max(frame.weight(of: points + row * n, gradient: gradient), 1e-12)
          let root = weight.squareRoot()
          for index in 0..<count + n { output[index] *= root }
          for j in 0..<n { output[count + n + j] = gradient[j] / root }
        }
      }
    }
  }

  /// The equations in the sums of products of a bucket.
  ///
  /// The implicit loss E w (‖f‖^2 - 2 <f, y>) + 2 tau^2 E div(w f) needs the means of the features'
  /// derivatives: those of Hermite polynomials are features themselves, so their means stand in the column of
  /// the constant.
  private func extract(_ sums: [Double], width: Int, _ frame: CellFrame) -> NormalEquations {
    let (n, r, count) = (data.dimension, frame.cell.rank, frame.basis.count)
    var gram = [Double](repeating: 0, count: count * count)
    var right = [Double](repeating: 0, count: count * n)
    for i in 0..<count {
      for j in 0...i { gram[i * count + j] = sums[i * width + j] }
      for l in 0..<n { right[i * n + l] = sums[(count + l) * width + i] }
    }
    let weight = sums[0]
    var square = 0.0
    if isImplicit {
      for i in 0..<count {
        for axis in 0..<r {
          guard let (lower, factor) = frame.basis.derivative(of: i, coordinate: axis) else {
            continue
          }
          let slope = factor * gram[lower * count]
          for l in 0..<n { right[i * n + l] -= variance * slope * frame.cell.axes[axis * n + l] }
        }
        guard frame.fades else { continue }
        for l in 0..<n { right[i * n + l] -= variance * sums[(count + n + l) * width + i] }
      }
    } else {
      for l in 0..<n { square += sums[(count + l) * width + count + l] }
    }
    return NormalEquations(
      features: count, outputs: n, weight: weight, gram: gram, right: right, square: square)
  }

  private func gather(
    _ places: UnsafeBufferPointer<Int>, _ batch: NoisedCells,
    into points: UnsafeMutablePointer<Double>
  ) {
    let n = data.dimension
    batch.points.withUnsafeBufferPointer { source in
      for (row, place) in places.enumerated() {
        for j in 0..<n { points[row * n + j] = source[place * n + j] }
      }
    }
  }

  /// Raises a number to the largest distance of clean rows from a centre.
  private func raiseDistance(
    of places: UnsafeBufferPointer<Int>, _ batch: NoisedCells, from centre: [Double],
    _ largest: UnsafeMutablePointer<Double>
  ) {
    let n = data.dimension
    batch.data.withUnsafeBufferPointer { data in
      for place in places {
        var square = 0.0
        for j in 0..<n {
          let difference = data[batch.rows[place] * n + j] - centre[j]
          square += difference * difference
        }
        largest[0] = max(largest[0], square.squareRoot())
      }
    }
  }

  /// Raises a number to the largest length of z.
  private func raiseLength(
    of places: UnsafeBufferPointer<Int>, _ batch: NoisedCells, _ frame: CellFrame,
    _ largest: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) {
    let (n, r) = (data.dimension, frame.cell.rank)
    workspace.withBuffer(of: Double.self, count: places.count * (n + max(r, 1))) { scratch in
      guard let points = scratch.baseAddress else { return }
      let z = points + places.count * n
      gather(places, batch, into: points)
      frame.cell.project(points, rows: places.count, into: z, shrinking: nil)
      for row in 0..<places.count {
        var square = 0.0
        for axis in 0..<r { square += z[row * r + axis] * z[row * r + axis] }
        largest[0] = max(largest[0], square.squareRoot())
      }
    }
  }
}
