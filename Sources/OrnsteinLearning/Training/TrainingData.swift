import OrnsteinNumerics

/// The rows to learn from and the rows kept out, checked and split by a seed.
package struct TrainingData: Sendable {
  /// The rows below which a distribution is not learned.
  package static let minimumRows = 20

  package let training: Batch<Float>
  /// The held-out rows, or `nil` where the fraction is 0.
  package let heldOut: Batch<Float>?
  /// The places of the held-out rows in the data, in their order.
  package let heldOutRows: [Int]
  /// The places of the others, in their order.
  package let trainingRows: [Int]
  /// The hash of all rows, in hexadecimal.
  package let hash: String

  /// Checks the rows and splits them.
  ///
  /// - Throws: ``TrainingError`` for too few rows or a number that is not finite.
  package init(_ data: Batch<Float>, heldOutFraction: Double, key: NoiseKey) throws(TrainingError) {
    guard data.count >= Self.minimumRows else {
      throw .tooFewRows(count: data.count, minimum: Self.minimumRows)
    }
    let firstBad = data.withUnsafeBufferPointer { elements in
      elements.firstIndex { !$0.isFinite }
    }
    if let firstBad {
      throw .dataNotFinite(row: firstBad / data.dimension, column: firstBad % data.dimension)
    }
    hash = Self.hash(of: data)
    let kept =
      heldOutFraction > 0
      ? min(data.count / 2, max(2, Int((heldOutFraction * Double(data.count)).rounded()))) : 0
    guard kept > 0 else {
      training = data
      heldOut = nil
      heldOutRows = []
      trainingRows = Array(0..<data.count)
      return
    }
    let order = EpochPermutation(of: data.count, stream: key.stream(.split))
    heldOut = Self.rows(0..<kept, of: data, in: order)
    heldOutRows = (0..<kept).map { order[$0] }
    trainingRows = (kept..<data.count).map { order[$0] }
    training = Self.rows(kept..<data.count, of: data, in: order)
  }

  private static func rows(
    _ places: Range<Int>, of data: Batch<Float>, in order: EpochPermutation
  ) -> Batch<Float> {
    let d = data.dimension
    return Batch(unsafeUninitializedCount: places.count, dimension: d) { output in
      data.withUnsafeBufferPointer { elements in
        for (index, place) in places.enumerated() {
          let row = order[place]
          for j in 0..<d { output[index * d + j] = elements[row * d + j] }
        }
      }
    }
  }

  /// FNV-1a over shape and the 32-bit patterns of the elements.
  private static func hash(of data: Batch<Float>) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ word: UInt64) { hash = (hash ^ word) &* 0x0000_0100_0000_01B3 }
    add(UInt64(data.count))
    add(UInt64(data.dimension))
    data.withUnsafeBufferPointer { for value in $0 { add(UInt64(value.bitPattern)) } }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
