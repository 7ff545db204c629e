import OrnsteinLearning
import RealModule
import TestSupport
import Testing

/// Hermite polynomials and their products against their definitions.
@Suite struct HermiteBasisTests {
  @Test func lowDegreesAreTheTextbookOnes() {
    for z in [-3.1, -0.4, 0, 0.7, 2.5] {
      let h = HermitePolynomials.values(at: z, degree: 5)
      let squared = z * z
      let expected = [
        1, z, (squared - 1) / 2.0.squareRoot(), (squared - 3) * z / 6.0.squareRoot(),
        (squared * squared - 6 * squared + 3) / 24.0.squareRoot(),
        (squared * squared - 10 * squared + 15) * z / 120.0.squareRoot(),
      ]
      #expect(agrees(h, expected, relative: 1e-13, absolute: 1e-14))
      let slopes = HermitePolynomials.derivatives(at: z, degree: 3)
      let exact = [0, 1, 2 * z / 2.0.squareRoot(), (3 * squared - 3) / 6.0.squareRoot()]
      #expect(agrees(slopes, exact, relative: 1e-13, absolute: 1e-14))
    }
  }

  @Test(arguments: [1, 2, 7, 40, 256]) func quadratureHasTheMomentsOfTheNormalLaw(
    count: Int
  ) throws {
    let rule = try GaussHermiteRule(count: count)
    #expect(agrees(rule.weights.reduce(0, +), 1, relative: 1e-13))
    var moment = 1.0
    for k in 1..<max(min(count, 12), 1) {
      moment *= Double(2 * k - 1)
      let (even, odd) = (rule.mean { .pow($0, 2 * k) }, rule.mean { .pow($0, 2 * k - 1) })
      #expect(agrees(even, moment, relative: 1e-11))
      #expect(abs(odd) < 1e-9 * moment)
    }
    // E cos(Z) = exp(-1/2); the rule's error falls faster than any power.
    let cosine = rule.mean { .cos($0) }
    if count >= 40 { #expect(agrees(cosine, .exp(-0.5), relative: 1e-13)) }
  }

  @Test func polynomialsAreOrthonormal() throws {
    let rule = try GaussHermiteRule(count: 40)
    let rows = rule.nodes.map { HermitePolynomials.values(at: $0, degree: 30) }
    for i in 0...30 {
      for j in 0...i {
        let product = zip(rule.weights, rows).reduce(0) { $0 + $1.0 * $1.1[i] * $1.1[j] }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-11)
      }
    }
  }

  @Test(arguments: [(1, 9), (2, 7), (3, 5)]) func productsAreOrthonormal(
    dimension: Int, degree: Int
  ) throws {
    let basis = HermiteBasis(dimension: dimension, degree: degree)
    let rule = try GaussHermiteRule(count: degree + 1)
    var gram = [Double](repeating: 0, count: basis.count * basis.count)
    func visit(_ point: [Double], _ weight: Double) {
      guard point.count == dimension else {
        for (node, mass) in zip(rule.nodes, rule.weights) { visit(point + [node], weight * mass) }
        return
      }
      let values = basis.values(at: point)
      for i in values.indices {
        for j in values.indices { gram[i * basis.count + j] += weight * values[i] * values[j] }
      }
    }
    visit([], 1)
    for index in gram.indices {
      let expected = index / basis.count == index % basis.count ? 1.0 : 0
      #expect(abs(gram[index] - expected) < 1e-12)
    }
  }

  @Test func functionsAreTheProductsOfTheirMultiIndices() {
    let basis = HermiteBasis(dimension: 3, degree: 6)
    let point = [0.3, -1.2, 2.1]
    let values = basis.values(at: point)
    let factors = point.map { HermitePolynomials.values(at: $0, degree: 6) }
    var previous = 0
    for function in 0..<basis.count {
      let index = basis.multiIndex(function)
      let product = index.indices.reduce(1) { $0 * factors[$1][index[$1]] }
      #expect(agrees(values[function], product, relative: 1e-14))
      #expect(basis.totalDegree(function) == index.reduce(0, +))
      #expect(basis.function(index) == function)
      #expect(basis.totalDegree(function) >= previous)
      previous = basis.totalDegree(function)
    }
  }

  @Test func countsAreBinomials() {
    #expect(HermiteBasis.count(dimension: 0, degree: 5) == 1)
    #expect(HermiteBasis.count(dimension: 2, degree: 3) == 10)
    #expect(HermiteBasis.count(dimension: 10, degree: 4) == 1_001)
    #expect(HermiteBasis.count(dimension: 4_000, degree: 255) == nil)
    #expect(HermiteBasis(dimension: 4, degree: 5).count == 126)
    #expect(HermiteBasis(dimension: 4, degree: 5).count(degree: 2) == 15)
    #expect(HermiteBasis(dimension: 0, degree: 3).values(at: []) == [1])
  }

  @Test func derivativesAreTheLimitsOfDifferences() {
    let basis = HermiteBasis(dimension: 2, degree: 8)
    let point = [0.8, -1.1]
    for coordinate in 0..<2 {
      let slopes = basis.derivatives(at: point, coordinate: coordinate)
      var (left, right) = (point, point)
      left[coordinate] -= 1e-5
      right[coordinate] += 1e-5
      let differences = zip(basis.values(at: right), basis.values(at: left)).map {
        ($0 - $1) / 2e-5
      }
      #expect(agrees(slopes, differences, relative: 1e-7, absolute: 1e-7))
    }
  }
}
