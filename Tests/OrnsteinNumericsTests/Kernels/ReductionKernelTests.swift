import OrnsteinNumerics
import Testing

extension KernelTests {
  @Suite struct Reductions {
    private func columnSums<Scalar: BatchScalar>(_: Scalar.Type) {
      for (rows, columns) in [(1, 1), (7, 3), (64, 64), (65, 100), (300, 257), (0, 5)] {
        let stride = columns + 2
        let x: [Scalar] = KernelTests.numbers(rows * stride, seed: 1)
        var sums = [Scalar](repeating: .nan, count: columns + 1)
        Scalar.Kernels.columnSums(
          x + [0], rows: rows, columns: columns, stride: stride, into: &sums)
        #expect(sums[columns].isNaN)
        for column in 0..<columns {
          let sum = PlainKernels.dot(0..<rows, { Double(x[$0 * stride + column]) }, { _ in 1 })
          let error = Double(rows) * KernelTests.roundoff(Scalar.self) * sum.magnitude
          #expect(abs(Double(sums[column]) - sum.value) <= error)
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func columnSumsAddAllRows(on set: InstructionSet) {
      KernelTests.on(set) {
        columnSums(Float.self)
        columnSums(Double.self)
      }
    }

    private func reduced<Scalar: BatchScalar>(
      _ slices: [[Scalar]], offset: Int, count: Int
    ) -> (sum: [Scalar], squares: Double) {
      let length = slices[0].count
      var all = slices.flatMap { $0 }
      let squares = all.withUnsafeMutableBufferPointer { all in
        let pointers = slices.indices.compactMap { index in
          all.baseAddress.map { $0 + index * length }
        }
        return Scalar.Kernels.reduceSlices(pointers, offset: offset, count: count)
      }
      return (Array(all[..<length]), squares)
    }

    private func slices<Scalar: BatchScalar>(_: Scalar.Type) {
      for sliceCount in [1, 2, 3, 4, 5, 8, 13] {
        for (offset, count) in [(0, 1), (0, 100), (3, 67), (5, 16), (0, 0)] {
          let slices: [[Scalar]] = (0..<sliceCount).map {
            KernelTests.numbers(101, seed: UInt64($0))
          }
          let result = reduced(slices, offset: offset, count: count)
          for index in 0..<101 {
            guard (offset..<offset + count).contains(index) else {
              #expect(result.sum[index] == slices[0][index])
              continue
            }
            let sum = PlainKernels.dot(0..<sliceCount, { Double(slices[$0][index]) }, { _ in 1 })
            let error = Double(sliceCount) * KernelTests.roundoff(Scalar.self) * sum.magnitude
            #expect(abs(Double(result.sum[index]) - sum.value) <= error)
          }
          let part = result.sum[offset..<offset + count]
          let squares = part.reduce(0) { $0 + Double($1) * Double($1) }
          #expect(abs(result.squares - squares) <= 1e-14 * squares)
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func slicesAreAddedIntoTheFirst(on set: InstructionSet) {
      KernelTests.on(set) {
        slices(Float.self)
        slices(Double.self)
      }
    }

    private func adamW<Scalar: BatchScalar>(_: Scalar.Type) {
      let count = 133
      let starts: [[Scalar]] = (0..<5).map { KernelTests.numbers(count, seed: UInt64($0)) }
      var (p, m, average) = (starts[0], starts[1], starts[3])
      var v = starts[2].map { $0 * $0 }
      let variances = v
      let settings = AdamWSettings(
        learningRate: 0.01, firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-8, weightDecay: 0.1,
        step: 7, gradientScale: 0.5, averageRate: 0.02)
      Scalar.Kernels.adamW(
        parameters: &p, firstMoment: &m, secondMoment: &v, average: &average,
        gradient: starts[4], count: count, settings: settings)
      let epsilon = KernelTests.roundoff(Scalar.self)
      for index in 0..<count {
        let truth = PlainKernels.adamW(
          Double(starts[0][index]), Double(starts[1][index]), Double(variances[index]),
          average: Double(starts[3][index]), gradient: Double(starts[4][index]), settings)
        // Operands below 1 in size; the step, at most about 8 times its learning rate times 100.
        for (value, truth) in zip([p[index], m[index], v[index], average[index]], truth) {
          #expect(abs(Double(value) - truth) <= 16 * epsilon * max(1, abs(truth)))
        }
        var (one, first, second) = (starts[0][index], starts[1][index], variances[index])
        var mean = starts[3][index]
        Scalar.Kernels.adamW(
          parameters: &one, firstMoment: &first, secondMoment: &second, average: &mean,
          gradient: [starts[4][index]], count: 1, settings: settings)
        #expect([one, first, second, mean] == [p[index], m[index], v[index], average[index]])
      }
    }

    @Test(arguments: InstructionSet.supported)
    func adamWFollowsItsFormula(on set: InstructionSet) {
      KernelTests.on(set) {
        adamW(Float.self)
        adamW(Double.self)
      }
    }
  }
}
