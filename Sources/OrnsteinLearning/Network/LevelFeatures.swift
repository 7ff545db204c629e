import OrnsteinNumerics
import RealModule

/// What a network sees of a noise level: sines and cosines of the half log-SNR lambda.
///
/// Feature k is sin(2 pi f_k lambda), then cos(2 pi f_k lambda), with f_k geometric from 1/32 (one
/// period over any range in use) to 1 (resolves a change of lambda by about 1/10).
package struct LevelFeatures: Sendable {
  /// The frequencies in turns per unit of lambda.
  package let frequencies: [Double]

  package init(count: Int) {
    let pairs = count / 2
    frequencies = (0..<pairs).map { index -> Double in
      let octaves = pairs == 1 ? 0 : 5 * Double(index) / Double(pairs - 1)
      return .exp2(octaves - 5)
    }
  }

  /// The number of features.
  package var count: Int { 2 * frequencies.count }

  /// Writes the phases in turns, between -1/2 and 1/2.
  @inline(__always)
  package func phases<Scalar: BatchScalar>(
    of logSNR: Double, into turns: UnsafeMutablePointer<Scalar>
  ) {
    frequencies.withUnsafeBufferPointer { frequencies in
      for index in frequencies.indices {
        let phase = frequencies[index] * logSNR
        turns[index] = Scalar(phase - phase.rounded())
      }
    }
  }
}
