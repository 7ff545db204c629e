import Foundation
import Testing

import OrnsteinTables

@Suite struct NumberTextTests {
  private func scanned(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      bytes.baseAddress.flatMap { base in
        NumberScanner().scan(base, from: 0, to: bytes.count).flatMap {
          $0.end == bytes.count ? $0.value : nil
        }
      }
    }
  }

  /// Every spelling reads as the standard library reads it.
  @Test func scansToTheNearestDouble() {
    var generator = SplitMix(seed: 2)
    for _ in 0..<100_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(scanned(value.description) == value)
      let digits = Int64(bitPattern: generator.next() >> (generator.next() % 60))
      let text = "\(digits)e\(Int(generator.next() % 60) - 30)"
      #expect(scanned(text) == Double(text))
      let places = Int(generator.next() % 19)
      let point = String(digits).dropLast(places) + "." + String(digits).suffix(places)
      if let expected = Double(String(point)) { #expect(scanned(String(point)) == expected) }
    }
  }

  @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "+-1", "--1", "nan", "x", "1.2.3", "0x10"])
  func refusesWhatIsNoNumber(_ text: String) {
    #expect(scanned(text) == nil)
  }

  @Test func shortestTextReadsBack() {
    var generator = SplitMix(seed: 3)
    let format = NumberFormat(Column.Print())
    for _ in 0..<100_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(Double(format.text(of: value)) == value)
    }
    #expect(format.text(of: 3) == "3")
    #expect(format.text(of: -0.0) == "0")
    #expect(format.text(of: 1e15) == "1000000000000000")
    #expect(format.text(of: 0.1) == "0.1")
  }

  /// Fixed decimals are those of the C library, ties apart.
  @Test func fixedTextIsThatOfTheCLibrary() {
    var generator = SplitMix(seed: 4)
    for _ in 0..<20_000 {
      let decimals = Int(generator.next() % 7)
      let magnitude = pow(10, Double(generator.next() % 8))
      let value = (Double(generator.next() >> 11) / 4_503_599_627_370_496 - 1) * magnitude
      let format = NumberFormat(Column.Print(decimals: decimals, keepsTrailingZeros: true))
      let expected = String(format: "%.\(decimals)f", value)
      let isZero = Double(expected) == 0
      #expect(format.text(of: value) == (isZero ? String(expected.drop { $0 == "-" }) : expected))
    }
    let trimmed = NumberFormat(Column.Print(decimals: 3))
    #expect(trimmed.text(of: 2.5) == "2.5")
    #expect(trimmed.text(of: 0.0004) == "0")
    #expect(trimmed.text(of: -0.0006) == "-0.001")
    #expect(trimmed.text(of: 100) == "100")
  }

  @Test func singlePrecisionIsWrittenShort() {
    let buffer = ByteBuffer()
    buffer.appendNumber(Float(0.1))
    #expect(buffer.text == "0.1")
  }
}
