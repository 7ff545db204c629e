import OrnsteinNumerics
import TestSupport
import Testing

/// One suite for every backend: known decompositions, and the equations that define them.
@Suite struct LinearAlgebraTests {
  static let backends = SystemLinearAlgebra.all

  /// Reproducible numbers in (-1, 1) without any random generator of the library.
  static func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) / 0x1p52
    }
  }

  static func transpose(_ matrix: [Double], rows: Int, columns: Int) -> [Double] {
    (0..<columns).flatMap { j in (0..<rows).map { matrix[$0 * columns + j] } }
  }

  static func gram(_ n: Int, seed: UInt64, ridge: Double) -> [Double] {
    let a = numbers(n * n, seed: seed)
    var c = ReferenceLinearAlgebra().product(
      a, transpose(a, rows: n, columns: n), rows: n, inner: n, columns: n)
    for i in 0..<n { c[i * n + i] += ridge }
    return c
  }

  struct Absent: Error {}

  /// `#require` that does not print the matrix.
  static func found<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Absent() }
    return value
  }

  @Test func theSystemHasALibrary() {
    #expect(SystemLinearAlgebra.all.last?.name == "reference")
    #if os(Linux)
      #expect(SystemLinearAlgebra.current.name.hasPrefix("OpenBLAS"))
    #endif
  }

  @Test(arguments: backends) func multipliesByHand(backend: any LinearAlgebra) {
    let product = backend.product(
      [1, 2, 3, 4, 5, 6], [1, 0, 2, -1, 0, 3], rows: 2, inner: 3, columns: 2)
    #expect(product == [5, 7, 14, 13])
  }

  @Test(arguments: backends, [(1, 1), (7, 3), (300, 40)])
  func addsGramsToTheLowerTriangle(backend: any LinearAlgebra, shape: (m: Int, n: Int)) {
    let (m, n) = shape
    let a = Self.numbers(m * n, seed: 5)
    var gram = Self.numbers(n * n, seed: 6)
    let before = gram
    backend.addGram(of: a, rows: m, columns: n, into: &gram)
    for i in 0..<n {
      for j in 0..<n {
        let product = (0..<m).reduce(0.0) { $0 + a[$1 * n + i] * a[$1 * n + j] }
        let expected = before[i * n + j] + (j <= i ? product : 0)
        #expect(agrees(gram[i * n + j], expected, relative: 1e-13, absolute: 1e-12))
      }
    }
  }

  @Test(arguments: backends) func determinantsByHand(backend: any LinearAlgebra) {
    let three = backend.determinant(of: [0, 2, 1, 3, 0, -1, 1, 4, 2], dimension: 3)
    // By the first row: -2 (3 * 2 + 1) + (3 * 4) = -2.
    #expect(three.sign == -1)
    #expect(agrees(three.logAbsolute, 0.693147180559945, relative: 1e-14))
    #expect(backend.determinant(of: [1, 2, 2, 4], dimension: 2) == (0, -.infinity))
    #expect(backend.determinant(of: [-3], dimension: 1).sign == -1)
  }

  @Test(arguments: backends, [2, 5, 33, 64])
  func determinantsMultiply(backend: any LinearAlgebra, n: Int) {
    let (a, b) = (Self.numbers(n * n, seed: 3), Self.numbers(n * n, seed: 4))
    let product = backend.product(a, b, rows: n, inner: n, columns: n)
    let parts = [a, b, product].map { backend.determinant(of: $0, dimension: n) }
    #expect(parts[0].sign * parts[1].sign == parts[2].sign)
    #expect(
      abs(parts[0].logAbsolute + parts[1].logAbsolute - parts[2].logAbsolute) < 1e-10)
  }

  @Test(arguments: backends, [1, 2, 5, 33, 64])
  func multipliesLikeTheDefinition(backend: any LinearAlgebra, n: Int) {
    let (m, k) = (n + 3, 2 * n + 1)
    let (a, b) = (Self.numbers(m * k, seed: 1), Self.numbers(k * n, seed: 2))
    var truth = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n { for l in 0..<k { truth[i * n + j] += a[i * k + l] * b[l * n + j] } }
    }
    let product = backend.product(a, b, rows: m, inner: k, columns: n)
    // Each element is a sum of k products below 1: rounding is below k^2 units of 2^-53.
    #expect(agrees(product, truth, relative: 0, absolute: Double(k * k) * 0x1p-53))
  }

  @Test(arguments: backends) func factorsByHand(backend: any LinearAlgebra) {
    // Only the lower triangle may be read: the upper one is nonsense here.
    let factor = backend.choleskyFactor(of: [4, 99, 99, 2, 5, 99, -2, 1, 6], dimension: 3)
    #expect(agrees(factor ?? [], [2, 0, 0, 1, 2, 0, -1, 1, 2], relative: 1e-15))
    #expect(backend.choleskyFactor(of: [1, 2, 2, 1], dimension: 2) == nil)
  }

  @Test(arguments: backends, [1, 2, 10, 40])
  func choleskyMultipliesBack(backend: any LinearAlgebra, n: Int) throws {
    let matrix = Self.gram(n, seed: 3, ridge: 0.1)
    let lower = try Self.found(backend.choleskyFactor(of: matrix, dimension: n))
    let product = ReferenceLinearAlgebra().product(
      lower, Self.transpose(lower, rows: n, columns: n), rows: n, inner: n, columns: n)
    #expect(agrees(product, matrix, relative: 0, absolute: 1e-14 * Double(n)))
  }

  @Test(arguments: backends) func eigenvectorsByHand(backend: any LinearAlgebra) throws {
    let (values, vectors) = try #require(
      backend.symmetricEigenvectors(of: [2, 99, 1, 2], dimension: 2))
    #expect(agrees(values, [1, 3], relative: 1e-14))
    let half = 0.5.squareRoot()
    #expect(agrees(vectors.map(abs), [half, half, half, half], relative: 1e-14))
    #expect(vectors[0] * vectors[1] < 0 && vectors[2] * vectors[3] > 0)
  }

  @Test(arguments: backends, [1, 3, 12, 40])
  func eigenvectorsDiagonalise(backend: any LinearAlgebra, n: Int) throws {
    let matrix = Self.gram(n, seed: 4, ridge: 0)
    let (values, vectors) = try Self.found(backend.symmetricEigenvectors(of: matrix, dimension: n))
    #expect(values == values.sorted())
    var scaled = vectors
    for i in 0..<n { for j in 0..<n { scaled[i * n + j] *= values[i] } }
    let rebuilt = ReferenceLinearAlgebra().product(
      Self.transpose(vectors, rows: n, columns: n), scaled, rows: n, inner: n, columns: n)
    #expect(agrees(rebuilt, matrix, relative: 0, absolute: 1e-13 * Double(n)))
  }

  @Test(arguments: backends) func fitsALineByHand(backend: any LinearAlgebra) throws {
    // y = 1, 3, 2 at x = 0, 1, 2: intercept 3/2, slope 1/2.
    let solution = try #require(
      backend.leastSquares(
        [1, 0, 1, 1, 1, 2], [1, 3, 2], rows: 3, columns: 2, rightColumns: 1))
    #expect(agrees(solution, [1.5, 0.5], relative: 1e-12))
  }

  @Test(arguments: backends) func leastNormOfManySolutions(backend: any LinearAlgebra) throws {
    let solution = try #require(
      backend.leastSquares(
        [1, 1, 1, 1], [2, 4, 2, 4], rows: 2, columns: 2, rightColumns: 2))
    #expect(agrees(solution, [1, 2, 1, 2], relative: 1e-12))
  }

  @Test func errorsNameTheCause() {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(dimension: 2)) {
      try Cholesky(of: [1, 2, 2, 1], dimension: 2)
    }
    #expect(throws: LinearAlgebraError.notFinite(row: 1, column: 0)) {
      try SymmetricEigendecomposition(of: [1, 0, .nan, 1], dimension: 2)
    }
  }

  @Test func logDeterminantOfADiagonalMatrix() throws {
    let cholesky = try Cholesky(of: [2, 0, 0, 8], dimension: 2)
    #expect(agrees(cholesky.logDeterminant, 2.772588722239781, relative: 1e-15))
  }
}
