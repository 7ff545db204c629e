import OrnsteinNumerics

/// What the kernels read of a mixture at one level: means and precisions along the axes, and the log
/// constants less the largest of them.
struct MixtureTables<Scalar: BatchScalar>: Sendable {
  /// The largest log constant.
  let offset: Double
  private let numbers: Batch<Scalar>
  private let means: Int
  private let precisions: Int

  /// With one precision a component if all are isotropic, or one a coordinate.
  init(_ components: [MixtureComponent], isIsotropic: Bool, at level: NoiseLevel) {
    let (signal, noise) = (level.alpha * level.alpha, level.sigma * level.sigma)
    let logConstants = components.map { $0.logConstant(signal, noise) }
    let largest = logConstants.max() ?? 0
    let means = components.reduce(0) { $0 + $1.mean.count }
    let precisions = isIsotropic ? components.count : means
    offset = largest
    self.means = means
    self.precisions = precisions
    numbers = Batch(
      unsafeUninitializedCount: means + precisions + components.count, dimension: 1
    ) { output in
      var (mean, precision) = (0, means)
      for (index, component) in components.enumerated() {
        for number in component.axialMean {
          output[mean] = Scalar(level.alpha * number)
          mean += 1
        }
        for variance in component.variances.prefix(isIsotropic ? 1 : component.variances.count) {
          // A component that is never chosen may be a point.
          output[precision] = Scalar(component.weight > 0 ? 1 / (signal * variance + noise) : 0)
          precision += 1
        }
        output[means + precisions + index] = Scalar(logConstants[index] - largest)
      }
    }
  }

  /// The size in bytes.
  var size: Int { numbers.count * MemoryLayout<Scalar>.stride }

  /// Calls `body` with means, precisions and constants.
  func withPointers(
    _ body: (UnsafePointer<Scalar>, UnsafePointer<Scalar>, UnsafePointer<Scalar>) -> Void
  ) {
    numbers.withUnsafeBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      body(base, base + means, base + means + precisions)
    }
  }
}
