/// How a number is written: with a fixed resolution as the data were, or as the shortest text that
/// reads back to the same number.
package struct NumberFormat: Sendable, Equatable {
  static let powersOfTen: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }

  /// Digits after the point, or -1 for the shortest text.
  let decimals: Int
  let keepsTrailingZeros: Bool
  let power: Double

  package init(_ print: Column.Print) {
    if let decimals = print.decimals, (0...15).contains(decimals) {
      self.decimals = decimals
      power = Self.powersOfTen[decimals]
    } else {
      decimals = -1
      power = 1
    }
    keepsTrailingZeros = print.keepsTrailingZeros
  }

  /// The nearest number that this format can write, 0 never negative.
  func rounded(_ value: Double) -> Double {
    guard decimals >= 0 else { return value }
    let scaled = (value * power).rounded()
    guard scaled.magnitude < 9e15 else { return value }
    return scaled / power + 0
  }

  package func text(of value: Double) -> String {
    let buffer = ByteBuffer()
    buffer.appendNumber(value, self)
    return buffer.text
  }
}

/// Bytes that grow, with fast writing of numbers.
///
/// Not thread-safe.
package final class ByteBuffer {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  package init(capacity: Int = 256) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  package var text: String {
    String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self)
  }

  func removeAll() { count = 0 }

  @inline(__always)
  private func reserve(_ more: Int) {
    if count + more > capacity { grow(more) }
  }

  @inline(never)
  private func grow(_ more: Int) {
    capacity = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
  }

  @inline(__always)
  func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count += 1
  }

  func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
    reserve(bytes.count)
    if let start = bytes.baseAddress { (base + count).update(from: start, count: bytes.count) }
    count += bytes.count
  }

  func append(_ text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }

  /// Writes a text as a CSV cell, quoted where it must be.
  func appendCell(_ text: String) {
    let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13]
    guard text.utf8.contains(where: special.contains) || text.isEmpty else { return append(text) }
    append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { append(byte) }
      append(byte)
    }
    append(UInt8(ascii: "\""))
  }

  /// Writes a number.
  func appendNumber(_ value: Double, _ format: NumberFormat) {
    let scaled = format.decimals < 0 ? value : (value * format.power).rounded()
    if format.decimals < 0 {
      if value.rounded(.towardZero) == value, value.magnitude < 9e15 {
        appendDigits(Int64(value), decimals: 0, keepsTrailingZeros: false)
      } else {
        appendShortest(value.description)
      }
    } else if scaled.magnitude < 9e15 {
      appendDigits(
        Int64(scaled), decimals: format.decimals, keepsTrailingZeros: format.keepsTrailingZeros)
    } else {
      appendShortest(value.description)
    }
  }

  /// Writes a number of single precision as the shortest text that reads back to it.
  package func appendNumber(_ value: Float) {
    if value.rounded(.towardZero) == value, value.magnitude < 1e7 {
      appendDigits(Int64(value), decimals: 0, keepsTrailingZeros: false)
    } else {
      appendShortest(value.description)
    }
  }

  private func appendShortest(_ description: String) {
    var description = description
    description.withUTF8 { digits in
      let endsInPointZero =
        digits.count > 2 && digits[digits.count - 1] == UInt8(ascii: "0")
        && digits[digits.count - 2] == UInt8(ascii: ".")
      append(
        contentsOf: endsInPointZero ? UnsafeBufferPointer(rebasing: digits.dropLast(2)) : digits)
    }
  }

  /// Writes `scaled / 10^decimals`.
  private func appendDigits(_ scaled: Int64, decimals: Int, keepsTrailingZeros: Bool) {
    let longest = 40
    reserve(longest)
    var rest = scaled.magnitude
    var decimals = decimals
    if !keepsTrailingZeros {
      while decimals > 0 {
        let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
        guard remainder == 0 else { break }
        rest = quotient
        decimals -= 1
      }
    }
    let limit = base + count + longest
    var first = limit
    var written = 0
    repeat {
      if written == decimals, decimals > 0 {
        first -= 1
        first.pointee = UInt8(ascii: ".")
      }
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
      first -= 1
      first.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
      rest = quotient
      written += 1
    } while rest > 0 || written <= decimals
    if scaled < 0 {
      first -= 1
      first.pointee = UInt8(ascii: "-")
    }
    let length = limit - first
    (base + count).update(from: first, count: length)
    count += length
  }
}
