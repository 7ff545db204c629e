extension [Double] {
  /// Sorts finite numbers in linear time, by eleven bits at a time of their ordered patterns.
  ///
  /// - Source: Knuth, The Art of Computer Programming 3, section 5.2.5.
  package mutating func radixSort() {
    guard count > 256 else { return sort() }
    let (digits, width) = (6, 11)
    let buckets = 1 << width
    var from = map { number -> UInt64 in
      let bits = (number + 0).bitPattern
      return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }
    var to = [UInt64](repeating: 0, count: count)
    var starts = [Int](repeating: 0, count: digits * buckets)
    for bits in from {
      for digit in 0..<digits {
        starts[
          digit * buckets + Int(truncatingIfNeeded: bits >> (digit * width)) & (buckets - 1)] +=
          1
      }
    }
    for digit in 0..<digits {
      var sum = 0
      var isTrivial = false
      for bucket in digit * buckets..<(digit + 1) * buckets {
        let size = starts[bucket]
        if size == count { isTrivial = true }
        starts[bucket] = sum
        sum += size
      }
      if isTrivial { continue }
      from.withUnsafeBufferPointer { from in
        to.withUnsafeMutableBufferPointer { to in
          starts.withUnsafeMutableBufferPointer { starts in
            for bits in from {
              let bucket =
                digit * buckets + Int(truncatingIfNeeded: bits >> (digit * width)) & (buckets - 1)
              to[starts[bucket]] = bits
              starts[bucket] += 1
            }
          }
        }
      }
      swap(&from, &to)
    }
    for index in indices {
      let bits = from[index]
      self[index] = Double(bitPattern: bits >> 63 == 1 ? bits & ~(1 << 63) : ~bits)
    }
  }
}
