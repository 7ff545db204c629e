import OrnsteinNumerics

/// A random order of the rows 0 ..< count, computed place by place with nothing stored.
///
/// A Feistel network of 8 rounds on the smallest power of two that holds all rows (at least
/// 64: on fewer values orders would not be equally likely), walked until the
/// result is a row (Black, Rogaway, CT-RSA 2002, <https://doi.org/10.1007/3-540-45760-7_9>), with
/// round keys from a noise stream. A bijection for every key.
package struct EpochPermutation: Sendable {
  package let count: Int
  private let keys: SIMD8<UInt64>
  private let lowBits: UInt64
  private let lowMask: UInt64
  private let highMask: UInt64

  /// The order of a stream; for an order by epoch take the epoch as the stream's step.
  package init(of count: Int, stream: NoiseStream) {
    precondition(count >= 1, "An order of \(count) rows was asked for.")
    self.count = count
    let bits = UInt64(max(6, Int.bitWidth - (count - 1).leadingZeroBitCount))
    lowBits = bits / 2
    lowMask = (1 << lowBits) - 1
    highMask = (1 << (bits - lowBits)) - 1
    keys = withUnsafeTemporaryAllocation(of: Double.self, capacity: 8) { uniforms in
      Double.Kernels.uniforms(into: uniforms, stream: stream, first: 0)
      var keys = SIMD8<UInt64>()
      for index in 0..<8 { keys[index] = uniforms[index].bitPattern &* 0x9E37_79B9_7F4A_7C15 }
      return keys
    }
  }

  /// The row at a place.
  @inline(__always)
  package subscript(place: Int) -> Int {
    var value = UInt64(truncatingIfNeeded: place)
    repeat {
      var low = value & lowMask
      var high = value >> lowBits
      for round in stride(from: 0, to: 8, by: 2) {
        high ^= Self.mix(low ^ keys[round]) & highMask
        low ^= Self.mix(high ^ keys[round + 1]) & lowMask
      }
      value = high << lowBits | low
    } while value >= UInt64(truncatingIfNeeded: count)
    return Int(truncatingIfNeeded: value)
  }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
