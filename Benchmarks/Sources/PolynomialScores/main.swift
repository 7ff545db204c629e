import Ornstein

// How well piecewise polynomials learn scores: Markdown on standard output.
//
//     swift run -c release polynomial-scores

do {
  try PolynomialTable().print()
} catch {
  print("\(error)")
}
