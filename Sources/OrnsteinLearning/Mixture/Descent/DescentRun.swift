import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// One run of ``ScoreMatchingDescent``: its data, parameters and averages.
final class DescentRun {
  let settings: ScoreMatchingDescent
  let key: NoiseKey
  let rows: Int
  let dimension: Int
  let components: Int
  let batchSize: Int
  let mean: [Double]
  let covariance: [Double]
  let eigen: SymmetricEigendecomposition
  /// Centred rows.
  let data: UnsafeMutablePointer<Double>
  /// mu less the mean of the data, one centre a row, in the units of the data.
  let centres: UnsafeMutablePointer<Double>
  let logits: UnsafeMutablePointer<Double>
  let sums: StudentSums
  /// The variance within a component.
  var variance = 1.0
  /// The largest norm of a centred row: no centre leaves this ball.
  private(set) var radius = 0.0
  /// How far each centre is about to move.
  let step: UnsafeMutablePointer<Double>
  private let weights: UnsafeMutablePointer<Double>
  private let centreSums: UnsafeMutablePointer<Double>
  private let weightSums: UnsafeMutablePointer<Double>
  private var varianceSum = 0.0
  private var averaged = 0
  private var iteration = 0
  private let memory = NumberBlocks<Double>()

  init(
    _ settings: ScoreMatchingDescent, _ data: Batch<Double>, _ key: NoiseKey, threads: Int
  ) throws(DescentError) {
    self.settings = settings
    self.key = key
    (rows, dimension, components) = (data.count, data.dimension, settings.components)
    batchSize = min(settings.batchSize ?? 8_192, data.count)
    let (n, k) = (data.dimension, settings.components)
    let moments = DataMoments(of: data)
    mean = moments.mean
    covariance = moments.covariance
    guard let eigen = try? SymmetricEigendecomposition(of: covariance, dimension: n) else {
      throw .invalid(setting: "covariance of the data", value: .infinity)
    }
    self.eigen = eigen
    self.data = memory.take(data.count * n)
    centres = memory.take(k * n)
    logits = memory.take(k)
    step = memory.take(k * n)
    weights = memory.take(k)
    centreSums = memory.take(k * n)
    weightSums = memory.take(k)
    sums = try StudentSums(components: k, dimension: n, threads: threads)
    var largest = 0.0
    data.withUnsafeBufferPointer { elements in
      for row in 0..<data.count {
        var square = 0.0
        for axis in 0..<n {
          let value = elements[row * n + axis] - mean[axis]
          self.data[row * n + axis] = value
          square += value * value
        }
        largest = max(largest, square)
      }
    }
    radius = largest.squareRoot()
  }

  func learn(
    from progress: DescentProgress?, _ events: (DescentEvent, DescentProgress) -> Bool
  ) throws(DescentError) -> DescentResult {
    var history: [DescentEvent] = []
    if let progress, progress.fits(components: components, dimension: dimension) {
      take(progress)
      history = progress.history
    } else {
      try begin()
    }
    let isPair = settings.start == .random && components == 2
    let high = isPair ? settings.highIterations : 0
    let total = high + settings.lowIterations
    history.reserveCapacity(total)
    var isFinished = true
    while iteration < total {
      let stage: DescentStage = iteration < high ? .power : .contraction
      var event = DescentEvent(
        iteration: iteration + 1, totalIterations: total, stage: stage,
        time: stage == .power ? highTime : settings.lowTime, objective: 0, movement: 0)
      run(at: event.time)
      event.objective = sums.total[sums.layout.loss] / sums.total[sums.layout.weight]
      if stage == .power {
        event.directionCosine = powerStep(at: event.time)
      } else {
        let isLate = 2 * (iteration - high) >= settings.lowIterations
        contractionStep(at: event.time, rate: settings.rate * (isLate ? 0.25 : 1))
      }
      event.movement = try move()
      iteration += 1
      let (first, count) = stage == .power ? (0, high) : (high, settings.lowIterations)
      if 2 * (iteration - first) > count { average() }
      if iteration == high {
        takeAverages()
        beginContraction()
      }
      history.append(event)
      if !events(event, standing(after: history)), iteration < total {
        isFinished = false
        break
      }
    }
    if averaged > 0 { takeAverages() }
    return try result(history, isFinished: isFinished)
  }

  private func standing(after history: [DescentEvent]) -> DescentProgress {
    func numbers(_ pointer: UnsafeMutablePointer<Double>, _ count: Int) -> [Double] {
      Array(UnsafeBufferPointer(start: pointer, count: count))
    }
    let size = components * dimension
    return DescentProgress(
      history: history, centres: numbers(centres, size), logits: numbers(logits, components),
      variance: variance, centreSums: numbers(centreSums, size),
      weightSums: numbers(weightSums, components), varianceSum: varianceSum, averaged: averaged)
  }

  private func take(_ progress: DescentProgress) {
    let size = components * dimension
    centres.update(from: progress.centres, count: size)
    centreSums.update(from: progress.centreSums, count: size)
    logits.update(from: progress.logits, count: components)
    weightSums.update(from: progress.weightSums, count: components)
    variance = progress.variance
    varianceSum = progress.varianceSum
    averaged = progress.averaged
    iteration = progress.history.count
  }

  private var highTime: Double {
    settings.highTime ?? .log(Double(dimension)) / 2 + 1
  }

  // MARK: Iterations

  /// The sums over a batch with fresh noise.
  func run(at time: Double) {
    let (k, n) = (components, dimension)
    let scale = variance.squareRoot()
    let alpha = Double.exp(-time)
    let student = sums.student
    for index in 0..<k * n { student.centres[index] = alpha / scale * centres[index] }
    for j in 0..<k { student.logits[j] = logits[j] }
    student.pack()
    let batch = DenoisingBatch(
      data, dimension: n, time: time, scale: scale,
      stream: key.stream(.trainingNoise, step: iteration))
    guard batchSize < rows else {
      sums.run(2 * rows, hasTargets: true) { pass, range in batch.fill(range, of: pass) { $0 } }
      return
    }
    let first = iteration * batchSize
    let epoch = first / rows
    let orders = (
      EpochPermutation(of: rows, stream: key.stream(.trainingOrder, step: epoch)),
      EpochPermutation(of: rows, stream: key.stream(.trainingOrder, step: epoch + 1))
    )
    let next = (epoch + 1) * rows
    sums.run(2 * batchSize, hasTargets: true) { pass, range in
      batch.fill(range, of: pass) { pair in
        let place = first + pair
        return place < next ? orders.0[place - next + rows] : orders.1[place - next]
      }
    }
  }

  /// Half of the gradient by theta_j along an axis, of the last sums.
  @inline(__always)
  private func half(_ index: Int) -> Double {
    (sums.total[sums.layout.residuals + index] + sums.total[sums.layout.corrections + index])
      / sums.total[sums.layout.weight]
  }

  /// Plans a step of the pair; the cosine to that of power iteration, where asked.
  private func powerStep(at time: Double) -> Double? {
    let n = dimension
    let theta = sums.student.centres
    let alpha = Double.exp(-time)
    let square = sums.student.norms[0]
    let excess = eigen.values[n - 1] / variance - 1
    let floor = 2 * (Double(n) / Double(rows)).squareRoot()
    let rate = 1 / (8 * max(square, alpha * alpha * max(excess, floor)))
    let scale = variance.squareRoot() / alpha
    for axis in 0..<n {
      let gradient = 2 * (half(axis) - half(n + axis))
      step[axis] = -rate * gradient * scale
      step[n + axis] = -step[axis]
    }
    guard settings.tracksPowerDirection else { return nil }
    var (product, own, power) = (0.0, 0.0, 0.0)
    for i in 0..<n {
      var moment = 0.0
      for j in 0..<n { moment += covariance[i * n + j] * theta[j] }
      let direction = alpha * alpha * (moment / variance - theta[i]) - square * theta[i]
      product += direction * step[i]
      own += step[i] * step[i]
      power += direction * direction
    }
    return own > 0 && power > 0 ? product / (own * power).squareRoot() : nil
  }

  /// Plans steps 1 / (2 E rho_j), and changes weights and variance where they are learned.
  private func contractionStep(at time: Double, rate: Double) {
    let (k, n) = (components, dimension)
    let (layout, total) = (sums.layout, sums.total)
    let count = total[layout.weight]
    let scale = variance.squareRoot() * Double.exp(time)
    for j in 0..<k {
      let share = total[layout.responsibilities + j] / count
      // A component without a point to its name has no gradient worth a step.
      let factor = share * count >= 1 ? rate / share * scale : 0
      for axis in 0..<n { step[j * n + axis] = -factor * half(j * n + axis) }
    }
    switch settings.weights {
    case .equal, .fixed: break
    case .responsibilities:
      findWeights()
      for j in 0..<k {
        let share = total[layout.responsibilities + j] / count
        logits[j] = .log(max((1 - rate) * weights[j] + rate * share, 1e-9))
      }
    case .gradient:
      for j in 0..<k {
        let curvature = total[layout.curvatures + j]
        guard curvature > 1e-9 * count else { continue }
        let step = rate / 2 * total[layout.logits + j] / curvature
        logits[j] -= min(max(step, -0.5), 0.5)
      }
    }
    if settings.variance == .estimated { fitVariance(at: time, rate: rate) }
  }

  /// v such that the noised points are as far from their centres as a standard normal law says.
  private func fitVariance(at time: Double, rate: Double) {
    let (k, n) = (components, dimension)
    let (layout, total, student) = (sums.layout, sums.total, sums.student)
    var square = total[layout.square]
    for j in 0..<k {
      square += total[layout.responsibilities + j] * student.norms[j]
      for axis in 0..<n {
        square -=
          2 * total[layout.positions + j * n + axis] * student.centres[j * n + axis]
      }
    }
    let signal = Double.exp(-2 * time)
    let spread = square / (total[layout.weight] * Double(n))
    let trace = (0..<n).reduce(0) { $0 + covariance[$1 * n + $1] } / Double(n)
    let ratio = (spread - (1 - signal)) / signal
    variance = max(variance * min(max(1 + rate * (ratio - 1), 0.5), 2), 1e-6 * trace)
  }

  /// Takes the planned steps, none longer than the ball of the data is wide, and stays in that ball.
  private func move() throws(DescentError) -> Double {
    let (k, n) = (components, dimension)
    var sum = 0.0
    for j in 0..<k {
      var square = 0.0
      for axis in 0..<n { square += step[j * n + axis] * step[j * n + axis] }
      guard square.isFinite else { throw .diverged(iteration: iteration + 1) }
      let length = square.squareRoot()
      let factor = length > radius && radius > 0 ? radius / length : 1
      var norm = 0.0
      for axis in 0..<n {
        centres[j * n + axis] += factor * step[j * n + axis]
        norm += centres[j * n + axis] * centres[j * n + axis]
      }
      if norm > radius * radius, radius > 0 {
        let shrink = radius / norm.squareRoot()
        for axis in 0..<n { centres[j * n + axis] *= shrink }
      }
      sum += factor * factor * square
    }
    return (sum / Double(k)).squareRoot()
  }

  // MARK: Averages

  /// Writes the softmax of the logits.
  private func findWeights() {
    var largest = logits[0]
    for j in 1..<max(components, 1) { largest = max(largest, logits[j]) }
    var sum = 0.0
    for j in 0..<components {
      weights[j] = .exp(logits[j] - largest)
      sum += weights[j]
    }
    for j in 0..<components { weights[j] /= sum }
  }

  private func average() {
    findWeights()
    for j in 0..<components { weightSums[j] += weights[j] }
    for index in 0..<components * dimension { centreSums[index] += centres[index] }
    varianceSum += variance
    averaged += 1
  }

  private func takeAverages() {
    let factor = 1 / Double(averaged)
    for index in 0..<components * dimension {
      centres[index] = factor * centreSums[index]
      centreSums[index] = 0
    }
    for j in 0..<components {
      logits[j] = .log(max(factor * weightSums[j], 1e-300))
      weightSums[j] = 0
    }
    variance = factor * varianceSum
    varianceSum = 0
    averaged = 0
  }

  private func result(
    _ history: [DescentEvent], isFinished: Bool
  ) throws(DescentError) -> DescentResult {
    let (k, n) = (components, dimension)
    let weights = MixtureStudent.softmax((0..<k).map { logits[$0] })
    let rows = (0..<k).map { j in (0..<n).map { centres[j * n + $0] + mean[$0] } }
    let covariance: MixtureCovariance =
      settings.variance == .known(1) ? .identity : .isotropic(variance)
    do {
      let mixture = try GaussianMixture<Double>(
        weights: weights, means: rows,
        covariances: [MixtureCovariance](repeating: covariance, count: k))
      return DescentResult(
        mixture: mixture, centres: Batch(rows: rows), weights: weights, variance: variance,
        history: history, isFinished: isFinished)
    } catch {
      throw .noMixture(reason: error.description)
    }
  }
}
