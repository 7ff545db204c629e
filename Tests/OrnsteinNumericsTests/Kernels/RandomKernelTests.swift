import CKernels
import OrnsteinNumerics
import Testing

extension KernelTests {
  @Suite struct RandomNumbers {
    /// The known answers of Random123 for philox4x32-10.
    static let knownAnswers: [(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, words: SIMD4<UInt32>)] =
      [
        (
          SIMD4(repeating: 0), SIMD2(repeating: 0),
          SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
        ),
        (
          SIMD4(repeating: .max), SIMD2(repeating: .max),
          SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
        ),
        (
          SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
          SIMD2(0xa409_3822, 0x299f_31d0),
          SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
        ),
      ]

    @Test(arguments: 0..<3)
    func philoxGivesTheKnownAnswers(_ index: Int) {
      let (counter, key, words) = Self.knownAnswers[index]
      #expect(PlainKernels.philox(counter, key: key) == words)
      var output: [UInt32] = [0, 0, 0, 0]
      ornstein_philox4x32_10(
        (0..<4).map { counter[$0] }, [key[0], key[1]], &output)
      #expect(output == (0..<4).map { words[$0] })
    }

    static let streams = [
      NoiseStream(seed: 0, purpose: 0, step: 0),
      NoiseStream(seed: 0xfedc_ba98_7654_3210, purpose: 3, step: .max),
    ]
    /// First elements: whole groups, inside a group, and where the block number needs 33 bits.
    static let firsts: [UInt64] = [0, 1, 17, 63, 64, 500, 4 * (1 << 32) - 40]

    private func draw<Scalar: BatchScalar>(
      _ count: Int, _ kernel: (UnsafeMutableBufferPointer<Scalar>, NoiseStream, UInt64) -> Void,
      _ stream: NoiseStream, _ first: UInt64
    ) -> [Scalar] {
      [Scalar](unsafeUninitializedCapacity: count) { buffer, filled in
        kernel(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), stream, first)
        filled = count
      }
    }

    @Test(arguments: InstructionSet.supported)
    func uniformsAreTheWordsOfTheirBlocks(on set: InstructionSet) {
      KernelTests.on(set) {
        for stream in Self.streams {
          for first in Self.firsts {
            let single = draw(
              1111, { FloatKernels.uniforms(into: $0, stream: $1, first: $2) }, stream, first)
            let double = draw(
              1111, { DoubleKernels.uniforms(into: $0, stream: $1, first: $2) }, stream, first)
            for index in 0..<1111 {
              let element = Int(first) + index
              #expect(
                Double(single[index]) == PlainKernels.uniform(element: element, of: stream))
              #expect(double[index] == PlainKernels.doubleUniform(element: element, of: stream))
            }
          }
        }
      }
    }

    /// Box-Muller of the words, within 4 half ulps of the radius.
    @Test(arguments: InstructionSet.supported)
    func normalsAreBoxMullerOfTheirWords(on set: InstructionSet) {
      KernelTests.on(set) {
        for stream in Self.streams {
          for first in Self.firsts {
            let single = draw(
              1111, { FloatKernels.normals(into: $0, stream: $1, first: $2) }, stream, first)
            let double = draw(
              1111, { DoubleKernels.normals(into: $0, stream: $1, first: $2) }, stream, first)
            for index in 0..<1111 {
              let element = Int(first) + index
              let truth = PlainKernels.normal(element: element, of: stream)
              #expect(abs(Double(single[index]) - truth.value) <= truth.radius * 0x1p-22)
              let exact = PlainKernels.doubleNormal(element: element, of: stream)
              #expect(abs(double[index] - exact.value) <= exact.radius * 0x1p-51)
            }
          }
        }
      }
    }

    private func independence<Scalar: BatchScalar>(_: Scalar.Type) {
      let stream = NoiseStream(seed: 5, purpose: 14, step: 2)
      let normals: [Scalar] = draw(
        1500, { Scalar.Kernels.normals(into: $0, stream: $1, first: $2) }, stream, 0)
      for (first, count) in [(0, 1), (1, 1), (63, 2), (64, 64), (7, 1024), (512, 513), (999, 33)] {
        let part: [Scalar] = draw(
          count, { Scalar.Kernels.normals(into: $0, stream: $1, first: $2) }, stream,
          UInt64(first))
        #expect(part == Array(normals[first..<first + count]))
      }
    }

    /// A normal does not depend on which call draws it.
    @Test(arguments: InstructionSet.supported)
    func normalsDoNotSeeTheirCall(on set: InstructionSet) {
      KernelTests.on(set) {
        independence(Float.self)
        independence(Double.self)
      }
    }

    private func affine<Scalar: BatchScalar>(_: Scalar.Type, noise: Double) {
      let count = 777
      let first: UInt64 = 1003
      let stream = NoiseStream(seed: 6, purpose: 2, step: 9)
      let x: [Scalar] = KernelTests.numbers(count, seed: 1)
      let s: [Scalar] = KernelTests.numbers(count, seed: 2)
      let z: [Scalar] = draw(
        count, { Scalar.Kernels.normals(into: $0, stream: $1, first: $2) }, stream, first)
      let (a, b, c) = (Scalar(1.25), Scalar(0.3), Scalar(noise))
      var whole = x
      let coefficients = (position: Double(a), score: Double(b), noise: Double(c))
      Scalar.Kernels.affineStep(
        position: &whole, score: s, count: count, coefficients: coefficients, stream: stream,
        first: first)
      let epsilon = KernelTests.roundoff(Scalar.self)
      for index in 0..<count {
        let terms = [Double(a * x[index]), Double(b * s[index]), Double(c) * Double(z[index])]
        let truth = Double(a) * Double(x[index]) + Double(b) * Double(s[index]) + terms[2]
        let magnitude = terms.reduce(0) { $0 + abs($1) }
        #expect(abs(Double(whole[index]) - truth) <= 4 * epsilon * magnitude)
      }
      var parts = x
      for (start, length) in [(0, 5), (5, 512), (517, 260)] {
        parts.withUnsafeMutableBufferPointer { parts in
          s.withUnsafeBufferPointer { s in
            guard let x = parts.baseAddress, let s = s.baseAddress else { return }
            Scalar.Kernels.affineStep(
              position: x + start, score: s + start, count: length, coefficients: coefficients,
              stream: stream, first: first + UInt64(start))
          }
        }
      }
      #expect(parts == whole)
    }

    @Test(arguments: InstructionSet.supported, [0, 0.7])
    func affineStepsAddTheNormalsOfTheirElements(on set: InstructionSet, noise: Double) {
      KernelTests.on(set) {
        affine(Float.self, noise: noise)
        affine(Double.self, noise: noise)
      }
    }
  }
}
