import OrnsteinNumerics
import RealModule

/// The parameters of a student as the kernels read them.
final class PackedStudent {
  let components: Int
  let dimension: Int
  /// theta, one centre a row.
  let centres: UnsafeMutablePointer<Double>
  /// One number a component.
  let logits: UnsafeMutablePointer<Double>
  /// |theta_j|^2.
  let norms: UnsafeMutablePointer<Double>
  /// logit_j - |theta_j|^2 / 2.
  let constants: UnsafeMutablePointer<Double>
  /// theta, packed.
  let packed: UnsafeMutablePointer<Double>
  /// theta^T, packed.
  let packedTranspose: UnsafeMutablePointer<Double>
  /// theta theta^T, packed.
  let packedProducts: UnsafeMutablePointer<Double>
  private let products: UnsafeMutablePointer<Double>
  private let memory = NumberBlocks<Double>()

  init(components: Int, dimension: Int) {
    self.components = components
    self.dimension = dimension
    centres = memory.take(components * dimension)
    logits = memory.take(components)
    norms = memory.take(components)
    constants = memory.take(components)
    products = memory.take(components * components)
    packed = memory.take(DoubleKernels.packedCount(rows: components, columns: dimension))
    packedTranspose = memory.take(DoubleKernels.packedCount(rows: dimension, columns: components))
    packedProducts = memory.take(DoubleKernels.packedCount(rows: components, columns: components))
  }

  /// Takes the parameters of a student.
  func set(_ student: MixtureStudent) {
    student.centres.withUnsafeBufferPointer {
      centres.update(from: $0.baseAddress ?? .init(centres), count: $0.count)
    }
    for (index, logit) in student.logits.enumerated() { logits[index] = logit }
    pack()
  }

  /// Makes everything else of `centres` and `logits`.
  func pack() {
    let (k, n) = (components, dimension)
    for i in 0..<k {
      for j in 0...i {
        var sum = 0.0
        for axis in 0..<n { sum += centres[i * n + axis] * centres[j * n + axis] }
        products[i * k + j] = sum
        products[j * k + i] = sum
      }
      norms[i] = products[i * k + i]
      constants[i] = logits[i] - norms[i] / 2
    }
    DoubleKernels.pack(
      centres, stride: n, rows: k, columns: n, transposed: false, into: packed)
    DoubleKernels.pack(
      centres, stride: n, rows: n, columns: k, transposed: true, into: packedTranspose)
    DoubleKernels.pack(
      products, stride: k, rows: k, columns: k, transposed: false, into: packedProducts)
  }
}
