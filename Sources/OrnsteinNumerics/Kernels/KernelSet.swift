/// The vector kernels of one scalar type: thin names over the C loops, which choose the widest
/// instruction set of the machine once at run time.
///
/// Pointers rather than spans: the callers are the few hot loops that own their memory. Every kernel
/// gives an element the same bits wherever it lies in a call.
public protocol KernelSet<Scalar>: Sendable {
  /// The number type.
  associatedtype Scalar: BatchScalar where Scalar.Kernels == Self

  /// Writes standard normals: elements `first ..< first + output.count` of the stream.
  static func normals(
    into output: UnsafeMutableBufferPointer<Scalar>, stream: NoiseStream, first: UInt64)

  /// Writes uniforms on the open interval (0, 1).
  static func uniforms(
    into output: UnsafeMutableBufferPointer<Scalar>, stream: NoiseStream, first: UInt64)

  /// x <- a x + b s + c z with z the stream's normals from `first` on; `c == 0` draws nothing.
  static func affineStep(
    position: UnsafeMutablePointer<Scalar>, score: UnsafePointer<Scalar>, count: Int,
    coefficients: (position: Double, score: Double, noise: Double), stream: NoiseStream,
    first: UInt64)

  /// output_i = sum_j c_j input_ji + noise z_i with z the stream's normals from `first` on.
  ///
  /// Terms are added in their order; with two inputs, the bits are those of `affineStep`. No more
  /// than 16 inputs.
  ///
  /// - Parameters:
  ///   - output: `count` numbers; may be one of the inputs.
  ///   - count: How many numbers.
  ///   - inputs: At least one array of `count` numbers.
  ///   - coefficients: One number an input, rounded to `Scalar`.
  ///   - noise: The standard deviation of the noise; 0 draws nothing.
  ///   - stream: The normals.
  ///   - first: The place of the first normal in the stream.
  static func combine(
    into output: UnsafeMutablePointer<Scalar>, count: Int,
    inputs: UnsafeBufferPointer<UnsafePointer<Scalar>>,
    coefficients: UnsafeBufferPointer<Double>, noise: Double, stream: NoiseStream, first: UInt64)

  /// output_rj = sum_i c_ij input_irj + noise_j z_rj: a coefficient for each column.
  ///
  /// - Parameters:
  ///   - output: `rows` by `dimension`; may be one of the inputs.
  ///   - rows: The number of points.
  ///   - dimension: The number of columns.
  ///   - inputs: 1 to 16 arrays of the size of the output.
  ///   - coefficients: As many rows as inputs, by `dimension`.
  ///   - noise: `dimension` numbers, or `nil` to draw nothing.
  ///   - stream: The normals.
  ///   - first: The place of the first normal in the stream.
  static func combine(
    into output: UnsafeMutablePointer<Scalar>, rows: Int, dimension: Int,
    inputs: UnsafeBufferPointer<UnsafePointer<Scalar>>, coefficients: UnsafePointer<Scalar>,
    noise: UnsafePointer<Scalar>?, stream: NoiseStream, first: UInt64)

  /// y = exp(x), element by element.
  static func exponential(
    _ x: UnsafePointer<Scalar>, into y: UnsafeMutablePointer<Scalar>, count: Int)

  /// y = log(x), element by element.
  static func logarithm(
    _ x: UnsafePointer<Scalar>, into y: UnsafeMutablePointer<Scalar>, count: Int)

  /// The sine and cosine of 2 pi x.
  static func sineAndCosine(
    ofTurns x: UnsafePointer<Scalar>, sine: UnsafeMutablePointer<Scalar>,
    cosine: UnsafeMutablePointer<Scalar>, count: Int)

  /// y = x / (1 + exp(-x)), and its derivative unless `nil`.
  static func sigmoidLinearUnit(
    _ x: UnsafePointer<Scalar>, into y: UnsafeMutablePointer<Scalar>,
    derivative: UnsafeMutablePointer<Scalar>?, count: Int)

  /// The number of elements of a packed k-by-n matrix.
  static func packedCount(rows k: Int, columns n: Int) -> Int

  /// Packs a k-by-n right-hand matrix; `transposed` reads `matrix` as stored n-by-k.
  static func pack(
    _ matrix: UnsafePointer<Scalar>, stride: Int, rows k: Int, columns n: Int, transposed: Bool,
    into packed: UnsafeMutablePointer<Scalar>)

  /// Multiplies as the product says.
  static func multiply(_ product: MatrixProduct<Scalar>)

  /// The sum of each column of a row-major matrix.
  static func columnSums(
    _ matrix: UnsafePointer<Scalar>, rows: Int, columns: Int, stride: Int,
    into output: UnsafeMutablePointer<Scalar>)

  /// Adds all slices into the first in a fixed order; the sum of squares of the result.
  static func reduceSlices(_ slices: [UnsafeMutablePointer<Scalar>], offset: Int, count: Int)
    -> Double

  /// One AdamW step with weight averaging.
  static func adamW(
    parameters: UnsafeMutablePointer<Scalar>, firstMoment: UnsafeMutablePointer<Scalar>,
    secondMoment: UnsafeMutablePointer<Scalar>, average: UnsafeMutablePointer<Scalar>,
    gradient: UnsafePointer<Scalar>, count: Int, settings: AdamWSettings)

  /// The score (and log-density, unless `nil`) of a Gaussian mixture with diagonal covariances.
  ///
  /// `constants[k]` is `log w_k - (d log 2 pi - sum_j log precision_kj) / 2`.
  static func mixtureScore(
    of x: UnsafePointer<Scalar>, rows: Int, dimension: Int, components: Int,
    means: UnsafePointer<Scalar>, precisions: UnsafePointer<Scalar>,
    constants: UnsafePointer<Scalar>, score: UnsafeMutablePointer<Scalar>,
    logDensity: UnsafeMutablePointer<Scalar>?)

  /// The same of components with covariances I / precision, at half the cost; one precision each.
  static func isotropicMixtureScore(
    of x: UnsafePointer<Scalar>, rows: Int, dimension: Int, components: Int,
    means: UnsafePointer<Scalar>, precisions: UnsafePointer<Scalar>,
    constants: UnsafePointer<Scalar>, score: UnsafeMutablePointer<Scalar>,
    logDensity: UnsafeMutablePointer<Scalar>?)

  /// Each row x becomes factor e^x_j / sum_i e^x_i, and `logSums` gets its log sum_i e^x_i.
  ///
  /// - Parameters:
  ///   - x: `rows` by `columns`; in each row at least one number is above -infinity.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  ///   - factors: One number a row, or `nil` for 1.
  ///   - logSums: Receives one number a row.
  static func softmaxRows(
    _ x: UnsafeMutablePointer<Scalar>, rows: Int, columns: Int, factors: UnsafePointer<Scalar>?,
    logSums: UnsafeMutablePointer<Scalar>)

  /// The quadratic features of u = (x - centre) scale: u_i u_j for j <= i, then u_i, then 1.
  ///
  /// - Parameters:
  ///   - x: `rows` by `dimension`.
  ///   - rows: The number of points.
  ///   - dimension: The number d of coordinates.
  ///   - centre: d numbers.
  ///   - scale: d numbers.
  ///   - pairs: Whether all d (d + 1) / 2 products are made, or the d squares alone.
  ///   - output: Receives products + d + 1 numbers a row.
  static func quadraticFeatures(
    of x: UnsafePointer<Scalar>, rows: Int, dimension: Int, centre: UnsafePointer<Scalar>,
    scale: UnsafePointer<Scalar>, pairs: Bool, into output: UnsafeMutablePointer<Scalar>)
}

/// A matrix product v = a b + bias with what follows it, fused.
public struct MatrixProduct<Scalar: BatchScalar> {
  /// What happens to v before it is stored.
  public enum Epilogue: Sendable {
    /// c = v + residual, or c += v when accumulating.
    case none
    /// c = silu(v) + residual; `derivative` (unless `nil`) receives silu'(v).
    case sigmoidLinearUnit
    /// v += residual; c (unless `nil`) = v; `product` = v * `derivative`.
    case backward
  }

  /// The rows of a and c.
  public var rows: Int
  /// The columns of b and c.
  public var columns: Int
  /// The columns of a, the rows of b.
  public var inner: Int
  /// The left matrix: element (i, l) at `i * leftRowStride + l * leftColumnStride`.
  public var left: UnsafePointer<Scalar>
  /// The distance between rows of the left matrix.
  public var leftRowStride: Int
  /// The distance between columns of the left matrix: 1 as stored, the row length for a transpose.
  public var leftColumnStride: Int
  /// The right matrix, packed.
  public var packedRight: UnsafePointer<Scalar>
  /// The result, or `nil` in a backward epilogue that does not need it.
  public var output: UnsafeMutablePointer<Scalar>?
  /// The distance between rows of the result, the residual, the derivative and the product.
  public var outputStride: Int
  /// One number a column, or `nil`.
  public var bias: UnsafePointer<Scalar>?
  /// Added element by element, or `nil`.
  public var residual: UnsafePointer<Scalar>?
  /// Written by `sigmoidLinearUnit`, read by `backward`.
  public var derivative: UnsafeMutablePointer<Scalar>?
  /// Written by `backward`.
  public var product: UnsafeMutablePointer<Scalar>?
  /// What happens to v before it is stored.
  public var epilogue: Epilogue
  /// Whether v is added to the result (without epilogue only).
  public var accumulates: Bool

  /// A product c = a b of row-major matrices, to be refined by setting its properties.
  public init(
    rows: Int, columns: Int, inner: Int, left: UnsafePointer<Scalar>, leftRowStride: Int,
    packedRight: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>?, outputStride: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.inner = inner
    self.left = left
    self.leftRowStride = leftRowStride
    leftColumnStride = 1
    self.packedRight = packedRight
    self.output = output
    self.outputStride = outputStride
    epilogue = .none
    accumulates = false
  }
}

/// The numbers of one AdamW step (Loshchilov, Hutter, arXiv 1711.05101), all in `Double`.
public struct AdamWSettings: Sendable, Equatable {
  /// The step size, the schedule's value at this step.
  public var learningRate: Double
  /// The decay of the first moment.
  public var firstDecay: Double
  /// The decay of the second moment.
  public var secondDecay: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// Decoupled weight decay: p -= learningRate * weightDecay * p.
  public var weightDecay: Double
  /// The number of this step, counted from 1, for bias correction.
  public var step: Int
  /// The factor of the gradient, below 1 where it is clipped.
  public var gradientScale: Double
  /// average += averageRate * (p - average).
  public var averageRate: Double

  /// Settings of one step.
  public init(
    learningRate: Double, firstDecay: Double, secondDecay: Double, epsilon: Double,
    weightDecay: Double, step: Int, gradientScale: Double, averageRate: Double
  ) {
    self.learningRate = learningRate
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.step = step
    self.gradientScale = gradientScale
    self.averageRate = averageRate
  }
}
