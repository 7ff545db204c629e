import OrnsteinNumerics
import RealModule
import Testing

extension KernelTests {
  @Suite struct Elementary {
    /// `count` numbers from `low` to `high`, and the ends of the number line.
    private func arguments<Scalar: BatchScalar>(
      _ low: Double, _ high: Double, _ count: Int = 100_001
    ) -> [Scalar] {
      let edges: [Scalar] = [
        0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1,
      ]
      return edges
        + (0..<count).map { Scalar(low + (high - low) * Double($0) / Double(count - 1)) }
    }

    private func worst<Scalar: BatchScalar>(
      _ values: [Scalar], _ truth: (Int) -> Double
    ) -> Double {
      values.indices.map { KernelTests.ulps(values[$0], from: truth($0)) }.max() ?? 0
    }

    private func exponential<Scalar: BatchScalar>(_: Scalar.Type, _ low: Double, _ high: Double) {
      let x: [Scalar] = arguments(low, high)
      var y = x
      Scalar.Kernels.exponential(x, into: &y, count: x.count)
      // Measured: 0.87 (fused), 1.16 (baseline) in single, 1.0 and 1.2 in double precision.
      #expect(worst(y) { Double.exp(Double(x[$0])) } < 1.5)
    }

    @Test(arguments: InstructionSet.supported)
    func exponentials(on set: InstructionSet) {
      KernelTests.on(set) {
        exponential(Float.self, -105, 90)
        exponential(Float.self, -1, 1)
        exponential(Double.self, -750, 711)
        exponential(Double.self, -1, 1)
      }
    }

    private func logarithm<Scalar: BatchScalar>(_: Scalar.Type) {
      let exponents: [Scalar] = arguments(
        Double.log2(Double(Scalar.leastNonzeroMagnitude)),
        Double.log2(Double(Scalar.greatestFiniteMagnitude)))
      let x = exponents.map { Scalar.exp2($0) } + arguments(0.4, 2.5)
      var y = x
      Scalar.Kernels.logarithm(x, into: &y, count: x.count)
      // Measured: 0.85 on every set.
      #expect(worst(y) { Double.log(Double(x[$0])) } < 1.2)
    }

    @Test(arguments: InstructionSet.supported)
    func logarithms(on set: InstructionSet) {
      KernelTests.on(set) {
        logarithm(Float.self)
        logarithm(Double.self)
      }
    }

    private func sineAndCosine<Scalar: BatchScalar>(_: Scalar.Type) {
      let wide: [Scalar] = arguments(-40, 40).map { $0.isFinite ? $0 * $0 * $0 : $0 }
      let x: [Scalar] = arguments(-1.25, 1.25) + wide
      var sine = x
      var cosine = x
      Scalar.Kernels.sineAndCosine(ofTurns: x, sine: &sine, cosine: &cosine, count: x.count)
      for index in x.indices {
        guard x[index].isFinite else {
          #expect(sine[index].isNaN && cosine[index].isNaN)
          continue
        }
        // Measured: 0.97 (fused), 1.69 (baseline) in single; the truth itself errs in double.
        let truth = PlainKernels.sineAndCosine(ofTurns: Double(x[index]))
        #expect(KernelTests.ulps(sine[index], from: truth.sine) < 3)
        #expect(KernelTests.ulps(cosine[index], from: truth.cosine) < 3)
      }
    }

    @Test(arguments: InstructionSet.supported)
    func sinesAndCosines(on set: InstructionSet) {
      KernelTests.on(set) {
        sineAndCosine(Float.self)
        sineAndCosine(Double.self)
      }
    }

    private func sigmoidLinearUnit<Scalar: BatchScalar>(_: Scalar.Type, from low: Double) {
      let x: [Scalar] =
        (0..<100_001).map { Scalar(low * (1 - 2e-5 * Double($0))) }
        + (0..<100_001).map { Scalar(1.5e-4 * Double($0 - 50_000)) }
      var y = x
      var derivative = x
      Scalar.Kernels.sigmoidLinearUnit(x, into: &y, derivative: &derivative, count: x.count)
      // Measured: 4.03 ulp and 3.2 half ulps of 1 in the derivative, which passes through zero; the
      // truth errs by about 2 more in double precision.
      #expect(worst(y) { PlainKernels.sigmoidLinearUnit(Double(x[$0])).value } < 6)
      let error = x.indices.map {
        abs(Double(derivative[$0]) - PlainKernels.sigmoidLinearUnit(Double(x[$0])).derivative)
      }
      #expect((error.max() ?? 0) < 6 * KernelTests.roundoff(Scalar.self))
    }

    private func limits<Scalar: BatchScalar>(_: Scalar.Type) {
      let x: [Scalar] = [-10_000, 10_000, -.infinity, .infinity, .nan, 0, -90]
      var y = x
      var derivative = x
      Scalar.Kernels.sigmoidLinearUnit(x, into: &y, derivative: &derivative, count: x.count)
      #expect(y[0] == 0 && y[0].sign == .minus && derivative[0] == 0)
      #expect(y[1] == 10_000 && derivative[1] == 1)
      #expect(y[2] == 0 && derivative[2] == 0)
      #expect(y[3] == .infinity && derivative[3] == 1)
      #expect(y[4].isNaN && derivative[4].isNaN)
      #expect(y[5] == 0 && derivative[5] == 0.5)
      #expect(abs(y[6]) < 1e-36)
      var alone = x
      Scalar.Kernels.sigmoidLinearUnit(x, into: &alone, derivative: nil, count: x.count)
      #expect(zip(alone, y).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }

    @Test(arguments: InstructionSet.supported)
    func sigmoidLinearUnits(on set: InstructionSet) {
      KernelTests.on(set) {
        sigmoidLinearUnit(Float.self, from: -80)
        sigmoidLinearUnit(Double.self, from: -700)
        limits(Float.self)
        limits(Double.self)
      }
    }

    private func independence<Scalar: BatchScalar>(_: Scalar.Type) {
      let x: [Scalar] = KernelTests.numbers(67, seed: 4).map { 9 * abs($0) + 0.01 }
      typealias Function = (UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>, Int) -> Void
      let functions: [Function] = [
        { Scalar.Kernels.exponential($0, into: $1, count: $2) },
        { Scalar.Kernels.logarithm($0, into: $1, count: $2) },
        { Scalar.Kernels.sigmoidLinearUnit($0, into: $1, derivative: nil, count: $2) },
        { x, y, count in
          var cosine = [Scalar](repeating: 0, count: count)
          Scalar.Kernels.sineAndCosine(ofTurns: x, sine: y, cosine: &cosine, count: count)
        },
      ]
      for function in functions {
        var together = x
        function(x, &together, x.count)
        for index in x.indices {
          var alone: Scalar = 0
          function([x[index]], &alone, 1)
          #expect(alone == together[index])
        }
      }
    }

    /// An element alone and in a row of 67 comes out with the same bits.
    @Test(arguments: InstructionSet.supported)
    func elementsDoNotSeeTheirPlace(on set: InstructionSet) {
      KernelTests.on(set) {
        independence(Float.self)
        independence(Double.self)
      }
    }
  }
}
