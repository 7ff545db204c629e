import OrnsteinNumerics
import RealModule
import Testing

extension KernelTests {
  @Suite struct Expectation {
    private func softmax<Scalar: BatchScalar>(_: Scalar.Type) {
      for (rows, columns) in [(1, 1), (3, 2), (17, 5), (9, 16), (8, 32), (21, 37)] {
        let numbers: [Scalar] = KernelTests.numbers(rows * columns, seed: 3)
        let exponents = numbers.map { 40 * $0 - 300 }
        let factors = (0..<rows).map { Scalar($0) / 4 }
        for usesFactors in [false, true] {
          var x = exponents + [7]
          var logSums = [Scalar](repeating: 0, count: rows + 1)
          Scalar.Kernels.softmaxRows(
            &x, rows: rows, columns: columns, factors: usesFactors ? factors : nil,
            logSums: &logSums)
          #expect(x[rows * columns] == 7 && logSums[rows] == 0)
          for row in 0..<rows {
            let line = exponents[row * columns..<(row + 1) * columns].map { Double($0) }
            let most = line.max() ?? 0
            let sum = line.reduce(0) { $0 + .exp($1 - most) }
            let logSum = most + .log(sum)
            let roundoff = KernelTests.roundoff(Scalar.self)
            #expect(abs(Double(logSums[row]) - logSum) <= 4 * roundoff * abs(logSum))
            let factor = usesFactors ? Double(factors[row]) : 1
            for column in 0..<columns {
              let truth = factor * .exp(line[column] - most) / sum
              let error = Double(columns + 40) * roundoff * factor
              #expect(abs(Double(x[row * columns + column]) - truth) <= error)
            }
          }
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func rowsBecomeProbabilities(on set: InstructionSet) {
      KernelTests.on(set) {
        softmax(Float.self)
        softmax(Double.self)
      }
    }

    private func impossible<Scalar: BatchScalar>(_: Scalar.Type) {
      for columns in [2, 19] {
        var x = [Scalar](repeating: -.infinity, count: 2 * columns)
        x[1] = -5000
        x[columns] = 3
        var logSums: [Scalar] = [0, 0]
        Scalar.Kernels.softmaxRows(&x, rows: 2, columns: columns, factors: nil, logSums: &logSums)
        #expect(logSums == [-5000, 3])
        #expect(x[1] == 1 && x[columns] == 1)
        #expect(x.reduce(0, +) == 2)
      }
    }

    /// Components of weight 0, far from every point.
    @Test(arguments: InstructionSet.supported)
    func infinitelyImprobableComponentsGetNothing(on set: InstructionSet) {
      KernelTests.on(set) {
        impossible(Float.self)
        impossible(Double.self)
      }
    }

    private func features<Scalar: BatchScalar>(_: Scalar.Type) {
      for dimension in [1, 2, 3, 7, 8, 9, 16, 17, 33] {
        let rows = 5
        let x: [Scalar] = KernelTests.numbers(rows * dimension, seed: 4)
        let centre: [Scalar] = KernelTests.numbers(dimension, seed: 5)
        let scale: [Scalar] = KernelTests.numbers(dimension, seed: 6)
        for pairs in [false, true] {
          let products = pairs ? dimension * (dimension + 1) / 2 : dimension
          let count = products + dimension + 1
          var output = [Scalar](repeating: 9, count: rows * count + 1)
          Scalar.Kernels.quadraticFeatures(
            of: x, rows: rows, dimension: dimension, centre: centre, scale: scale, pairs: pairs,
            into: &output)
          #expect(output[rows * count] == 9)
          for row in 0..<rows {
            let u = (0..<dimension).map { (x[row * dimension + $0] - centre[$0]) * scale[$0] }
            var expected: [Scalar] = []
            for i in 0..<dimension {
              for j in pairs ? 0...i : i...i { expected.append(u[i] * u[j]) }
            }
            #expect(Array(output[row * count..<(row + 1) * count]) == expected + u + [1])
          }
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func featuresAreProductsCoordinatesAndOne(on set: InstructionSet) {
      KernelTests.on(set) {
        features(Float.self)
        features(Double.self)
      }
    }
  }
}
