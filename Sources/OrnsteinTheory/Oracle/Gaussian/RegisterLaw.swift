/// The joint normal law of some vectors of `width` coordinates each, one a slot.
///
/// Slots are the registers of a program and the noises that it uses more than once.
struct RegisterLaw {
  let width: Int
  private let count: Int
  private var mean: [Double]
  private var covariance: [Double]
  /// The covariances of a slot to come with all slots, `width * count`.
  private var row: [Double]
  private var block: [Double]

  /// All slots 0.
  init(slots: Int, width: Int) {
    self.width = width
    count = slots * width
    mean = Array(repeating: 0, count: count)
    covariance = Array(repeating: 0, count: count * count)
    row = Array(repeating: 0, count: width * count)
    block = Array(repeating: 0, count: width * width)
  }

  /// Makes a slot independent of all others.
  mutating func setIndependent(_ slot: Int, mean newMean: [Double], covariance own: [Double]) {
    for index in row.indices { row[index] = 0 }
    block = own
    store(slot, mean: newMean)
  }

  /// output <- sum of coefficient times slot, plus independent noise of a variance.
  mutating func combine(
    into output: Int, _ terms: [(slot: Int, coefficient: Double)], variance: Double
  ) {
    var newMean = [Double](repeating: 0, count: width)
    for index in row.indices { row[index] = 0 }
    for (slot, coefficient) in terms {
      for axis in 0..<width {
        newMean[axis] += coefficient * mean[slot * width + axis]
        let source = (slot * width + axis) * count
        for k in 0..<count { row[axis * count + k] += coefficient * covariance[source + k] }
      }
    }
    for i in 0..<width {
      for j in 0..<width {
        var sum = i == j ? variance : 0
        for (slot, coefficient) in terms {
          sum += coefficient * row[i * count + slot * width + j]
        }
        block[i * width + j] = sum
      }
    }
    store(output, mean: newMean)
  }

  /// output <- sum of gain times slot, plus independent noise; gains and the covariance of the noise
  /// are `width * width`.
  mutating func combine(
    into output: Int, _ terms: [(slot: Int, gain: [Double])], covariance own: [Double]
  ) {
    var newMean = [Double](repeating: 0, count: width)
    for index in row.indices { row[index] = 0 }
    for (slot, gain) in terms {
      for i in 0..<width {
        for j in 0..<width where gain[i * width + j] != 0 {
          let factor = gain[i * width + j]
          newMean[i] += factor * mean[slot * width + j]
          let source = (slot * width + j) * count
          for k in 0..<count { row[i * count + k] += factor * covariance[source + k] }
        }
      }
    }
    block = own
    for (slot, gain) in terms {
      for i in 0..<width {
        for j in 0..<width {
          for k in 0..<width {
            block[i * width + j] += row[i * count + slot * width + k] * gain[j * width + k]
          }
        }
      }
    }
    store(output, mean: newMean)
  }

  /// output <- gain input + offset, with a `width * width` gain.
  mutating func map(_ input: Int, into output: Int, gain: [Double], offset: [Double]) {
    var newMean = offset
    for index in row.indices { row[index] = 0 }
    for i in 0..<width {
      for j in 0..<width where gain[i * width + j] != 0 {
        let factor = gain[i * width + j]
        newMean[i] += factor * mean[input * width + j]
        let source = (input * width + j) * count
        for k in 0..<count { row[i * count + k] += factor * covariance[source + k] }
      }
    }
    for i in 0..<width {
      for j in 0..<width {
        var sum = 0.0
        for k in 0..<width { sum += row[i * count + input * width + k] * gain[j * width + k] }
        block[i * width + j] = sum
      }
    }
    store(output, mean: newMean)
  }

  private mutating func store(_ output: Int, mean newMean: [Double]) {
    let first = output * width
    for i in 0..<width {
      mean[first + i] = newMean[i]
      for k in 0..<count where k < first || k >= first + width {
        covariance[(first + i) * count + k] = row[i * count + k]
        covariance[k * count + first + i] = row[i * count + k]
      }
      for j in 0..<width {
        covariance[(first + i) * count + first + j] =
          (block[i * width + j] + block[j * width + i]) / 2
      }
    }
  }

  /// The mean of a slot.
  func mean(of slot: Int) -> [Double] { Array(mean[slot * width..<(slot + 1) * width]) }

  /// The covariance of a slot, `width * width` numbers.
  func covariance(of slot: Int) -> [Double] {
    let first = slot * width
    return (first..<first + width).flatMap {
      covariance[$0 * count + first..<$0 * count + first + width]
    }
  }
}
