import OrnsteinNumerics
import Testing

extension KernelTests {
  @Suite struct Combinations {
    private static let stream = NoiseStream(seed: 8, purpose: 2, step: 4)
    private static let first: UInt64 = 1003

    private struct Terms<Scalar: BatchScalar> {
      let rows: Int
      let dimension: Int
      let inputs: [[Scalar]]
      /// One row an input, by dimension.
      let coefficients: [Scalar]
      let noise: [Scalar]?

      var count: Int { rows * dimension }

      init(rows: Int, dimension: Int, inputs: Int, isNoisy: Bool) {
        self.rows = rows
        self.dimension = dimension
        self.inputs = (0..<inputs).map {
          KernelTests.numbers(rows * dimension, seed: 10 + UInt64($0))
        }
        coefficients = KernelTests.numbers(inputs * dimension, seed: 1)
        noise = isNoisy ? KernelTests.numbers(dimension, seed: 2) : nil
      }

      /// The combination of some rows; with `reused`, written over that input.
      func combine(rows part: Range<Int>, isDiagonal: Bool, reused: Int? = nil) -> [Scalar] {
        let elements = part.lowerBound * dimension..<part.upperBound * dimension
        let first = Combinations.first + UInt64(elements.lowerBound)
        var arrays = inputs.map { Array($0[elements]) }
        arrays.append([Scalar](repeating: .nan, count: elements.count))
        let target = reused ?? inputs.count
        let buffers = arrays.map { array in
          let buffer = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: array.count)
          _ = buffer.initialize(from: array)
          return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        let pointers = buffers.compactMap { UnsafePointer($0.baseAddress) }
        guard let output = buffers[target].baseAddress else { return [] }
        pointers[..<inputs.count].withUnsafeBufferPointer { pointers in
          if isDiagonal {
            Scalar.Kernels.combine(
              into: output, rows: part.count, dimension: dimension, inputs: pointers,
              coefficients: coefficients, noise: noise, stream: Combinations.stream, first: first)
          } else {
            coefficients.map { Double($0) }.withUnsafeBufferPointer {
              Scalar.Kernels.combine(
                into: output, count: elements.count, inputs: pointers, coefficients: $0,
                noise: noise.map { Double($0[0]) } ?? 0, stream: Combinations.stream, first: first)
            }
          }
        }
        return Array(buffers[target])
      }

      func check(isDiagonal: Bool) {
        let whole = combine(rows: 0..<rows, isDiagonal: isDiagonal)
        let z = [Scalar](unsafeUninitializedCapacity: count) { buffer, filled in
          Scalar.Kernels.normals(
            into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]),
            stream: Combinations.stream, first: Combinations.first)
          filled = count
        }
        for index in 0..<count {
          let column = isDiagonal ? index % dimension : 0
          let terms =
            inputs.indices.map {
              Double(coefficients[$0 * dimension + column]) * Double(inputs[$0][index])
            } + [noise.map { Double($0[column]) * Double(z[index]) } ?? 0]
          let truth = terms.reduce(0, +)
          let size = terms.reduce(0) { $0 + abs($1) }
          let error = Double(terms.count + 1) * KernelTests.roundoff(Scalar.self) * size
          #expect(abs(Double(whole[index]) - truth) <= error)
        }
        for part in [0..<1, rows - 1..<rows, rows / 3..<rows - 2] {
          let elements = part.lowerBound * dimension..<part.upperBound * dimension
          #expect(combine(rows: part, isDiagonal: isDiagonal) == Array(whole[elements]))
        }
        for reused in [0, inputs.count - 1] {
          #expect(combine(rows: 0..<rows, isDiagonal: isDiagonal, reused: reused) == whole)
        }
      }
    }

    private func plain<Scalar: BatchScalar>(_: Scalar.Type) {
      for inputs in [1, 2, 3, 7, 16] {
        for isNoisy in [false, true] {
          Terms<Scalar>(rows: 777, dimension: 1, inputs: inputs, isNoisy: isNoisy)
            .check(isDiagonal: false)
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func sumsOfArraysAndNormals(on set: InstructionSet) {
      KernelTests.on(set) {
        plain(Float.self)
        plain(Double.self)
      }
    }

    private func diagonal<Scalar: BatchScalar>(_: Scalar.Type) {
      for dimension in [1, 2, 3, 15, 16, 31, 40, 700] {
        for (inputs, isNoisy) in [(1, true), (2, false), (7, true), (16, false)] {
          let rows = max(7, 1300 / dimension)
          Terms<Scalar>(rows: rows, dimension: dimension, inputs: inputs, isNoisy: isNoisy)
            .check(isDiagonal: true)
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func aCoefficientForEachColumn(on set: InstructionSet) {
      KernelTests.on(set) {
        diagonal(Float.self)
        diagonal(Double.self)
      }
    }

    private func affine<Scalar: BatchScalar>(_: Scalar.Type) {
      let terms = Terms<Scalar>(rows: 777, dimension: 1, inputs: 2, isNoisy: true)
      var position = terms.inputs[0]
      Scalar.Kernels.affineStep(
        position: &position, score: terms.inputs[1], count: 777,
        coefficients: (
          Double(terms.coefficients[0]), Double(terms.coefficients[1]),
          terms.noise.map { Double($0[0]) } ?? 0
        ), stream: Combinations.stream, first: Combinations.first)
      #expect(terms.combine(rows: 0..<777, isDiagonal: false) == position)
    }

    @Test(arguments: InstructionSet.supported)
    func affineStepsAreCombinationsOfTwo(on set: InstructionSet) {
      KernelTests.on(set) {
        affine(Float.self)
        affine(Double.self)
      }
    }
  }
}
