import OrnsteinNumerics
import RealModule

/// What the kernels compute, said plainly, one element at a time and in double precision.
enum PlainKernels {
  /// Philox4x32-10, block by block.
  static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<10 {
      let first = UInt64(c[0]) * 0xD251_1F53
      let second = UInt64(c[2]) * 0xCD9E_8D57
      c = SIMD4(
        UInt32(second >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: second),
        UInt32(first >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: first))
      k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return c
  }

  static func block(_ index: Int, of stream: NoiseStream) -> SIMD4<UInt32> {
    philox(
      SIMD4(
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), stream.step,
        stream.purpose),
      key: SIMD2(
        UInt32(truncatingIfNeeded: stream.seed), UInt32(truncatingIfNeeded: stream.seed >> 32)))
  }

  /// The number of [0, 1) in the upper 52 bits of two words.
  static func fraction(_ low: UInt32, _ high: UInt32) -> Double {
    Double((UInt64(high) << 32 | UInt64(low)) >> 12) * 0x1p-52
  }

  /// A single-precision uniform, exactly.
  static func uniform(element: Int, of stream: NoiseStream) -> Double {
    let words = block(element / 64 * 16 + element % 16, of: stream)
    return (Double(words[element % 64 / 16] >> 9) + 0.5) * 0x1p-23
  }

  /// A double-precision uniform, exactly.
  static func doubleUniform(element: Int, of stream: NoiseStream) -> Double {
    let words = block(element / 32 * 16 + element % 16, of: stream)
    let pair = element % 32 / 16
    return fraction(words[2 * pair], words[2 * pair + 1]) + 0x1p-53
  }

  /// A single-precision normal before its rounding, and its radius.
  static func normal(element: Int, of stream: NoiseStream) -> (value: Double, radius: Double) {
    let words = block(element / 64 * 16 + element % 16, of: stream)
    let place = element % 64 / 16
    let pair = place / 2 * 2
    let uniform = Float(Double(Float(words[pair] >> 1)) * 0x1p-31 + 0x1p-32)
    let radius = (-2 * Double.log(Double(uniform))).squareRoot()
    let word = words[pair + 1]
    let angle = 2 * Double.pi * Double(Int32(bitPattern: word)) * 0x1p-34
    let circle = (Double.cos(angle) * (word & 2 == 0 ? 1 : -1), Double.sin(angle))
    let isExchanged = word & 1 == 1
    return (radius * ((place % 2 == 0) != isExchanged ? circle.0 : circle.1), radius)
  }

  /// A double-precision normal before its rounding, and its radius.
  static func doubleNormal(element: Int, of stream: NoiseStream) -> (value: Double, radius: Double)
  {
    let words = block(element / 32 * 16 + element % 16, of: stream)
    let radius = (-2 * Double.log(fraction(words[0], words[1]) + 0x1p-53)).squareRoot()
    let (sine, cosine) = sineAndCosine(ofTurns: fraction(words[2], words[3]))
    return (radius * (element % 32 < 16 ? cosine : sine), radius)
  }

  /// Reduced to an eighth of a turn in exact arithmetic, so that the truth is one.
  static func sineAndCosine(ofTurns x: Double) -> (sine: Double, cosine: Double) {
    let turn = x - x.rounded()
    let quarter = (4 * turn).rounded()
    let angle = 2 * Double.pi * (turn - quarter / 4)
    let (sine, cosine) = (Double.sin(angle), Double.cos(angle))
    return switch Int(quarter) {
    case 0: (sine, cosine)
    case 1: (cosine, -sine)
    case -1: (-cosine, sine)
    default: (-sine, -cosine)
    }
  }

  static func sigmoidLinearUnit(_ x: Double) -> (value: Double, derivative: Double) {
    let sigmoid = 1 / (1 + Double.exp(-x))
    let complement = 1 / (1 + Double.exp(x))
    return (x * sigmoid, sigmoid * (1 + x * complement))
  }

  /// An element of a b, and the sum of the magnitudes of its terms.
  static func dot(
    _ terms: Range<Int>, _ a: (Int) -> Double, _ b: (Int) -> Double
  ) -> (value: Double, magnitude: Double) {
    terms.reduce((0, 0)) { ($0.0 + a($1) * b($1), $0.1 + abs(a($1) * b($1))) }
  }

  /// One parameter of AdamW: parameter, first moment, second moment, average.
  static func adamW(
    _ p: Double, _ m: Double, _ v: Double, average: Double, gradient: Double,
    _ settings: AdamWSettings
  ) -> [Double] {
    let g = gradient * settings.gradientScale
    let first = settings.firstDecay * m + (1 - settings.firstDecay) * g
    let second = settings.secondDecay * v + (1 - settings.secondDecay) * g * g
    let unbiased = first / (1 - Double.pow(settings.firstDecay, settings.step))
    let variance = second / (1 - Double.pow(settings.secondDecay, settings.step))
    let decayed = p - settings.learningRate * settings.weightDecay * p
    let next =
      decayed - settings.learningRate * unbiased / (variance.squareRoot() + settings.epsilon)
    return [next, first, second, average + settings.averageRate * (next - average)]
  }

  /// The score and log-density of a mixture at a point, and the largest exponent that matters.
  static func mixture(
    at x: [Double], means: [[Double]], precisions: [[Double]], constants: [Double]
  ) -> (score: [Double], logDensity: Double) {
    let exponents = constants.indices.map { k in
      constants[k]
        - x.indices.reduce(0) { sum, j in
          let difference = x[j] - means[k][j]
          return sum + precisions[k][j] * difference * difference / 2
        }
    }
    let highest = exponents.max() ?? 0
    let weights = exponents.map { Double.exp($0 - highest) }
    let total = weights.reduce(0, +)
    let score = x.indices.map { j in
      weights.indices.reduce(0) {
        $0 + weights[$1] / total * precisions[$1][j] * (means[$1][j] - x[j])
      }
    }
    return (score, highest + Double.log(total))
  }
}
