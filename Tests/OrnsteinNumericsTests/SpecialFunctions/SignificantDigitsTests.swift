import OrnsteinNumerics
import Testing

@Suite struct SignificantDigitsTests {
  @Test(arguments: [
    (0.16088877068844232, 3, "0.161"), (-1234.5, 2, "-1200.0"), (9.996, 3, "10.0"), (0, 2, "0.0"),
    (4.4e-7, 1, "4e-07"), (1e20, 2, "1e+20"), (1e-20, 2, "1e-20"), (.infinity, 2, "inf"),
    (100, 1, "100.0"),
  ])
  func textIsShort(value: Double, digits: Int, text: String) {
    #expect(value.rounded(toSignificantDigits: digits).description == text)
  }
}
