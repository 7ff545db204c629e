import OrnsteinCommands
import Testing

@Suite struct SpellingTests {
  @Test(arguments: [
    (0.0, "0"), (1, "1"), (-2.5, "-2.5"), (0.031249, "0.03125"), (12345, "12350"),
    (123_456_789, "1.235e8"), (0.00001234, "1.234e-5"), (0.00099996, "0.001"), (9.9999, "10"),
    (1e300, "1e300"), (.infinity, "inf"),
  ])
  func numbers(value: Double, text: String) { #expect(Spelling.number(value) == text) }

  @Test func fewDigits() {
    #expect(Spelling.number(0.1249, digits: 2) == "0.12")
    #expect(Spelling.number(1234, digits: 2) == "1200")
  }

  @Test(arguments: [
    (0.0, "0 s"), (0.53, "0.53 s"), (42, "42 s"), (185, "3 min 05 s"), (7_800, "2 h 10 min"),
    (.infinity, "unknown"),
  ])
  func durations(seconds: Double, text: String) {
    #expect(Spelling.duration(seconds: seconds) == text)
  }
}
