import OrnsteinNumerics
import RealModule
import Testing

extension KernelTests {
  @Suite struct Mixtures {
    private struct Mixture<Scalar: BatchScalar> {
      let rows: Int
      let dimension: Int
      let components: Int
      var x: [Scalar]
      let means: [Scalar]
      var precisions: [Scalar]
      let isIsotropic: Bool
      var constants: [Scalar]

      init(rows: Int, dimension: Int, components: Int, spread: Scalar = 3, isIsotropic: Bool) {
        self.rows = rows
        self.isIsotropic = isIsotropic
        self.dimension = dimension
        self.components = components
        let size = components * dimension
        x = KernelTests.numbers(rows * dimension, seed: 1).map { spread * $0 }
        means = KernelTests.numbers(size, seed: 2).map { spread * $0 }
        precisions = KernelTests.numbers(isIsotropic ? components : size, seed: 3)
          .map { 1 + $0 * Scalar(0.9) }
        constants = KernelTests.numbers(components, seed: 4)
      }

      func scores(rows part: Range<Int>) -> (score: [Scalar], logDensity: [Scalar]) {
        var score = [Scalar](repeating: .nan, count: part.count * dimension)
        var logDensity = [Scalar](repeating: .nan, count: part.count)
        let points = Array(x[part.lowerBound * dimension..<part.upperBound * dimension])
        if isIsotropic {
          Scalar.Kernels.isotropicMixtureScore(
            of: points, rows: part.count, dimension: dimension, components: components,
            means: means, precisions: precisions, constants: constants, score: &score,
            logDensity: &logDensity)
        } else {
          Scalar.Kernels.mixtureScore(
            of: points, rows: part.count, dimension: dimension, components: components,
            means: means, precisions: precisions, constants: constants, score: &score,
            logDensity: &logDensity)
        }
        return (score, logDensity)
      }

      func truth(_ row: Int) -> (score: [Double], logDensity: Double) {
        func line(_ values: [Scalar], _ index: Int) -> [Double] {
          values[index * dimension..<(index + 1) * dimension].map { Double($0) }
        }
        return PlainKernels.mixture(
          at: line(x, row), means: (0..<components).map { line(means, $0) },
          precisions: (0..<components).map {
            isIsotropic
              ? [Double](repeating: Double(precisions[$0]), count: dimension)
              : line(precisions, $0)
          },
          constants: constants.map { Double($0) })
      }
    }

    private func check<Scalar: BatchScalar>(_: Scalar.Type) {
      for dimension in [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 21, 64, 150] {
        for (rows, components, isIsotropic) in [
          (37, 1, false), (37, 1, true), (16, 10, false), (16, 10, true), (5, 131, false),
          (21, 131, true), (dimension <= 3 ? 301 : 1, 300, true),
        ] {
          var mixture = Mixture<Scalar>(
            rows: rows, dimension: dimension, components: components, isIsotropic: isIsotropic)
          if components > 1 { mixture.constants[components / 2] = -.infinity }
          let result = mixture.scores(rows: 0..<rows)
          for row in 0..<rows {
            let truth = mixture.truth(row)
            // A sum of d squares errs by d roundoffs of itself, and so do weights and density.
            let size = abs(truth.logDensity) + 8
            let error = Double(2 * dimension + 8) * KernelTests.roundoff(Scalar.self) * size
            #expect(abs(Double(result.logDensity[row]) - truth.logDensity) <= error)
            for j in 0..<dimension {
              let score = Double(result.score[row * dimension + j])
              #expect(abs(score - truth.score[j]) <= 12 * error)
            }
          }
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func scoresAndDensitiesOfAnyDimension(on set: InstructionSet) {
      KernelTests.on(set) {
        check(Float.self)
        check(Double.self)
      }
    }

    private func independence<Scalar: BatchScalar>(_: Scalar.Type) {
      for (dimension, isIsotropic) in [
        (1, false), (1, true), (2, true), (8, false), (13, false), (13, true), (70, true),
      ] {
        // Up to some hundred deviations from the nearest component, among neighbors that are near.
        var mixture = Mixture<Scalar>(
          rows: 337, dimension: dimension, components: 177, spread: 20, isIsotropic: isIsotropic)
        for row in stride(from: 5, to: 337, by: 7) { mixture.x[row * dimension] *= 10 }
        let together = mixture.scores(rows: 0..<337)
        for part in [0..<1, 36..<37, 5..<9, 11..<36, 100..<337, 336..<337] {
          let alone = mixture.scores(rows: part)
          #expect(alone.logDensity == Array(together.logDensity[part]))
          let elements = part.lowerBound * dimension..<part.upperBound * dimension
          #expect(alone.score == Array(together.score[elements]))
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func rowsDoNotSeeEachOther(on set: InstructionSet) {
      KernelTests.on(set) {
        independence(Float.self)
        independence(Double.self)
      }
    }

    private func unlike<Scalar: BatchScalar>(_: Scalar.Type) {
      for dimension in [1, 2, 3, 8] {
        var mixture = Mixture<Scalar>(
          rows: 40, dimension: dimension, components: 6, isIsotropic: true)
        // Deviations from 1e-6 to 1e4, densities that differ by up to 1e80.
        let precisions: [Scalar] = [1e12, 1e6, 1, 1e-2, 1e-4, 1e-8]
        mixture.precisions = precisions
        for k in 0..<6 {
          mixture.constants[k] = Scalar(dimension) / 2 * Scalar.log(precisions[k])
        }
        for row in 0..<40 {
          let component = row % 6
          for j in 0..<dimension {
            mixture.x[row * dimension + j] =
              mixture.means[component * dimension + j]
              + mixture.x[row * dimension + j] / precisions[component].squareRoot()
          }
        }
        let result = mixture.scores(rows: 0..<40)
        for row in 0..<40 {
          let truth = mixture.truth(row)
          let size = abs(truth.logDensity) + 64
          let error = Double(2 * dimension + 8) * KernelTests.roundoff(Scalar.self) * size
          #expect(abs(Double(result.logDensity[row]) - truth.logDensity) <= error)
          let length = truth.score.map(abs).reduce(0, max)
          for j in 0..<dimension {
            let score = Double(result.score[row * dimension + j])
            #expect(abs(score - truth.score[j]) <= 12 * error * (length + 1))
          }
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func componentsOfUnlikeDeviations(on set: InstructionSet) {
      KernelTests.on(set) {
        unlike(Float.self)
        unlike(Double.self)
      }
    }

    private func farAway<Scalar: BatchScalar>(_: Scalar.Type) {
      for (dimension, isIsotropic) in [(2, false), (2, true), (12, false), (12, true)] {
        var mixture = Mixture<Scalar>(
          rows: 3, dimension: dimension, components: 9, isIsotropic: isIsotropic)
        for j in 0..<dimension { mixture.x[j] = 1e6 }
        mixture.x[dimension] = .nan
        let result = mixture.scores(rows: 0..<3)
        let truth = mixture.truth(0)
        #expect(
          abs(Double(result.logDensity[0]) / truth.logDensity - 1)
            < Double(2 * dimension + 8) * KernelTests.roundoff(Scalar.self))
        #expect(result.score[..<dimension].allSatisfy { $0.isFinite })
        #expect(result.score[dimension..<2 * dimension].allSatisfy { $0.isNaN })
        #expect(result.score[(2 * dimension)...].allSatisfy { $0.isFinite })
      }
    }

    /// Far points have scores, and a point that is no number spoils no other.
    @Test(arguments: InstructionSet.supported)
    func farPointsAndNoNumbers(on set: InstructionSet) {
      KernelTests.on(set) {
        farAway(Float.self)
        farAway(Double.self)
      }
    }
  }
}
