import OrnsteinNumerics
import RealModule

/// The squared maximum mean discrepancy E k(X, X') + E k(Y, Y') - 2 E k(X, Y) for the kernel
/// k(x, y) = exp(-|x - y|^2 / (2 b^2)): 0 for equal laws only.
///
/// Estimated without bias, so it may come out below 0; errors and floor as for ``EnergyDistance``. Costs
/// (n + m)^2 (d + cuts) multiply-adds and (n + m)^2 exponentials: choose a subset of large samples.
///
/// - Source: Gretton, Borgwardt, Rasch, Schoelkopf, Smola, JMLR 13 (2012) 723, lemma 6.
public enum KernelDiscrepancy {
  /// The squared discrepancy of two samples.
  ///
  /// - Parameters:
  ///   - samples: The two samples.
  ///   - bandwidth: b, above 0; the same for all samples that are compared with each other.
  ///   - threads: How many threads work; does not change the result.
  public static func compare(
    _ samples: PooledSamples, bandwidth: Double, threads: Int = 1
  ) throws -> Comparison {
    precondition(bandwidth > 0, "A kernel needs a width.")
    return try PairwiseSums(
      of: samples, .negativeKernel(bandwidth: bandwidth), threads: threads
    ).comparison
  }

  /// The median distance between different rows of a reference, the usual bandwidth; 1 where more than
  /// half of the rows are equal.
  ///
  /// - Parameter reference: Two rows or more, of which the first 1000 are taken.
  public static func medianBandwidth(of reference: Batch<Float>) -> Double {
    precondition(reference.count >= 2, "A distance needs two rows.")
    let rows = reference[0..<min(reference.count, 1000)].converted(to: Double.self)
    let d = rows.dimension
    var squares: [Double] = []
    rows.withUnsafeBufferPointer { elements in
      for i in 0..<rows.count {
        for j in 0..<i {
          var square = 0.0
          for k in 0..<d {
            let difference = elements[i * d + k] - elements[j * d + k]
            square += difference * difference
          }
          squares.append(square)
        }
      }
    }
    squares.radixSort()
    let median = squares[squares.count / 2].squareRoot()
    return median > 0 ? median : 1
  }
}
