/// A decimal number found in bytes.
package struct ScannedNumber {
  /// The nearest double; infinite if it is too large, or spelled so.
  package var value: Double
  /// The index after its last byte.
  package var end: Int
  /// Digits after the point.
  package var decimals: Int
  /// Whether it has an exponent.
  package var hasExponent: Bool
}

/// Reads decimal numbers from bytes: sign, digits, point, exponent, or a spelling of infinity.
///
/// Up to 19 digits with a mantissa below 2^53 and a power of ten up to 22 need one exact operation
/// (Clinger, PLDI 1990); others go through the standard library, correctly rounded too.
package struct NumberScanner {
  private let powers = NumberFormat.powersOfTen

  package init() {}

  /// Whether a text is a number, spaces around it left out.
  package func isNumber(_ text: String) -> Bool {
    var text = Substring(text)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text.withUTF8 { bytes in
      bytes.baseAddress.flatMap { scan($0, from: 0, to: bytes.count) }?.end == bytes.count
    }
  }

  @inline(__always)
  package func scan(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> ScannedNumber? {
    var index = start
    var isNegative = false
    if index < end, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    var mantissa: UInt64 = 0
    let firstDigit = index
    while index < end {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      index += 1
    }
    var digits = index - firstDigit
    var decimals = 0
    if index < end, bytes[index] == UInt8(ascii: ".") {
      index += 1
      let firstDecimal = index
      while index < end {
        let digit = bytes[index] &- UInt8(ascii: "0")
        guard digit <= 9 else { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        index += 1
      }
      decimals = index - firstDecimal
      digits += decimals
    }
    guard digits > 0 else { return infinity(bytes, from: firstDigit, to: end, isNegative) }
    var exponent = 0
    var hasExponent = false
    if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
      guard let (value, next) = scanExponent(bytes, from: index + 1, to: end) else { return nil }
      exponent = value
      index = next
      hasExponent = true
    }
    let power = exponent - decimals
    if digits <= 19, mantissa <= 1 << 53, power >= -22, power <= 22 {
      let magnitude =
        power < 0 ? Double(mantissa) / powers[-power] : Double(mantissa) * powers[power]
      return ScannedNumber(
        value: isNegative ? -magnitude : magnitude, end: index, decimals: decimals,
        hasExponent: hasExponent)
    }
    return slow(bytes, from: start, to: index, decimals, hasExponent)
  }

  private func scanExponent(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> (value: Int, end: Int)? {
    var index = start
    var isNegative = false
    if index < end, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    let firstDigit = index
    var value = 0
    while index < end, bytes[index] &- UInt8(ascii: "0") <= 9 {
      value = min(value * 10 + Int(bytes[index] &- UInt8(ascii: "0")), 100_000)
      index += 1
    }
    return index > firstDigit ? (isNegative ? -value : value, index) : nil
  }

  @inline(never)
  private func slow(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, _ decimals: Int,
    _ hasExponent: Bool
  ) -> ScannedNumber? {
    let text = String(
      decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
    guard let value = Double(text) else { return nil }
    return ScannedNumber(value: value, end: end, decimals: decimals, hasExponent: hasExponent)
  }

  @inline(never)
  private func infinity(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, _ isNegative: Bool
  ) -> ScannedNumber? {
    for spelling: StaticString in ["infinity", "inf"] {
      let count = spelling.utf8CodeUnitCount
      guard end - start >= count else { continue }
      if (0..<count).allSatisfy({ bytes[start + $0] | 0x20 == spelling.utf8Start[$0] }) {
        return ScannedNumber(
          value: isNegative ? -.infinity : .infinity, end: start + count, decimals: 0,
          hasExponent: false)
      }
    }
    return nil
  }
}
