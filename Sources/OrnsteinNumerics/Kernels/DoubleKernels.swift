import CKernels

/// The kernels in double precision.
public enum DoubleKernels: KernelSet {
  /// The number type.
  public typealias Scalar = Double

  /// Writes standard normals.
  public static func normals(
    into output: UnsafeMutableBufferPointer<Double>, stream: NoiseStream, first: UInt64
  ) {
    guard let base = output.baseAddress else { return }
    ornstein_normals_f64(base, output.count, ornstein_stream(stream), first)
  }

  /// Writes uniforms on the open interval (0, 1).
  public static func uniforms(
    into output: UnsafeMutableBufferPointer<Double>, stream: NoiseStream, first: UInt64
  ) {
    guard let base = output.baseAddress else { return }
    ornstein_uniforms_f64(base, output.count, ornstein_stream(stream), first)
  }

  /// x <- a x + b s + c z with z the stream's normals.
  public static func affineStep(
    position: UnsafeMutablePointer<Double>, score: UnsafePointer<Double>, count: Int,
    coefficients: (position: Double, score: Double, noise: Double), stream: NoiseStream,
    first: UInt64
  ) {
    ornstein_affine_step_f64(
      position, score, count, Double(coefficients.position), Double(coefficients.score),
      Double(coefficients.noise), ornstein_stream(stream), first)
  }

  /// output_i = sum_j c_j input_ji + noise z_i.
  public static func combine(
    into output: UnsafeMutablePointer<Double>, count: Int,
    inputs: UnsafeBufferPointer<UnsafePointer<Double>>,
    coefficients: UnsafeBufferPointer<Double>, noise: Double, stream: NoiseStream, first: UInt64
  ) {
    precondition(
      coefficients.count == inputs.count,
      "\(inputs.count) inputs need as many coefficients, not \(coefficients.count).")
    withArrays(of: inputs) { arrays in
      ornstein_linear_combination_f64(
        output, arrays, inputs.count, coefficients.baseAddress, count, noise,
        ornstein_stream(stream), first)
    }
  }

  /// output_rj = sum_i c_ij input_irj + noise_j z_rj.
  public static func combine(
    into output: UnsafeMutablePointer<Double>, rows: Int, dimension: Int,
    inputs: UnsafeBufferPointer<UnsafePointer<Double>>, coefficients: UnsafePointer<Double>,
    noise: UnsafePointer<Double>?, stream: NoiseStream, first: UInt64
  ) {
    withArrays(of: inputs) { arrays in
      ornstein_diagonal_combination_f64(
        output, arrays, inputs.count, coefficients, rows, dimension, noise,
        ornstein_stream(stream), first)
    }
  }

  /// y = exp(x).
  public static func exponential(
    _ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int
  ) {
    ornstein_exp_f64(x, y, count)
  }

  /// y = log(x).
  public static func logarithm(
    _ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int
  ) {
    ornstein_log_f64(x, y, count)
  }

  /// The sine and cosine of 2 pi x.
  public static func sineAndCosine(
    ofTurns x: UnsafePointer<Double>, sine: UnsafeMutablePointer<Double>,
    cosine: UnsafeMutablePointer<Double>, count: Int
  ) {
    ornstein_sincos2pi_f64(x, sine, cosine, count)
  }

  /// y = x / (1 + exp(-x)), and its derivative unless `nil`.
  public static func sigmoidLinearUnit(
    _ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>,
    derivative: UnsafeMutablePointer<Double>?, count: Int
  ) {
    ornstein_silu_f64(x, y, derivative, count)
  }

  /// The number of elements of a packed k-by-n matrix.
  public static func packedCount(rows k: Int, columns n: Int) -> Int {
    ornstein_packed_count_f64(k, n)
  }

  /// Packs a k-by-n right-hand matrix.
  public static func pack(
    _ matrix: UnsafePointer<Double>, stride: Int, rows k: Int, columns n: Int, transposed: Bool,
    into packed: UnsafeMutablePointer<Double>
  ) {
    ornstein_pack_f64(matrix, stride, k, n, transposed ? 1 : 0, packed)
  }

  /// Multiplies as the product says.
  public static func multiply(_ product: MatrixProduct<Double>) {
    var call = ornstein_product_f64()
    call.m = product.rows
    call.n = product.columns
    call.k = product.inner
    call.a = product.left
    call.a_row = product.leftRowStride
    call.a_column = product.leftColumnStride
    call.packed_b = product.packedRight
    call.c = product.output
    call.ldc = product.outputStride
    call.bias = product.bias
    call.residual = product.residual
    call.derivative = product.derivative
    call.product = product.product
    call.epilogue = ornstein_epilogue(product.epilogue)
    call.accumulate = product.accumulates ? 1 : 0
    ornstein_multiply_f64(&call)
  }

  /// The sum of each column of a row-major matrix.
  public static func columnSums(
    _ matrix: UnsafePointer<Double>, rows: Int, columns: Int, stride: Int,
    into output: UnsafeMutablePointer<Double>
  ) {
    ornstein_column_sums_f64(matrix, rows, columns, stride, output)
  }

  /// Adds all slices into the first in a fixed order; the sum of squares of the result.
  public static func reduceSlices(
    _ slices: [UnsafeMutablePointer<Double>], offset: Int, count: Int
  ) -> Double {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutablePointer<Double>?.self, capacity: slices.count
    ) { pointers in
      for (index, slice) in slices.enumerated() {
        pointers.initializeElement(at: index, to: slice + offset)
      }
      return ornstein_reduce_slices_f64(pointers.baseAddress, slices.count, count)
    }
  }

  /// One AdamW step with weight averaging.
  public static func adamW(
    parameters: UnsafeMutablePointer<Double>, firstMoment: UnsafeMutablePointer<Double>,
    secondMoment: UnsafeMutablePointer<Double>, average: UnsafeMutablePointer<Double>,
    gradient: UnsafePointer<Double>, count: Int, settings: AdamWSettings
  ) {
    var call = ornstein_adamw_settings(settings)
    ornstein_adamw_f64(parameters, firstMoment, secondMoment, average, gradient, count, &call)
  }

  /// The score (and log-density, unless `nil`) of a Gaussian mixture with diagonal covariances.
  public static func mixtureScore(
    of x: UnsafePointer<Double>, rows: Int, dimension: Int, components: Int,
    means: UnsafePointer<Double>, precisions: UnsafePointer<Double>,
    constants: UnsafePointer<Double>,
    score: UnsafeMutablePointer<Double>, logDensity: UnsafeMutablePointer<Double>?
  ) {
    ornstein_mixture_score_f64(
      x, rows, dimension, components, means, precisions, constants, score, logDensity)
  }

  /// The same of a mixture of isotropic components, with one precision each.
  public static func isotropicMixtureScore(
    of x: UnsafePointer<Double>, rows: Int, dimension: Int, components: Int,
    means: UnsafePointer<Double>, precisions: UnsafePointer<Double>,
    constants: UnsafePointer<Double>,
    score: UnsafeMutablePointer<Double>, logDensity: UnsafeMutablePointer<Double>?
  ) {
    ornstein_isotropic_mixture_score_f64(
      x, rows, dimension, components, means, precisions, constants, score, logDensity)
  }

  /// Each row becomes its softmax times a factor; the logarithm of its sum of exponentials beside it.
  public static func softmaxRows(
    _ x: UnsafeMutablePointer<Double>, rows: Int, columns: Int, factors: UnsafePointer<Double>?,
    logSums: UnsafeMutablePointer<Double>
  ) {
    ornstein_softmax_rows_f64(x, rows, columns, factors, logSums)
  }

  /// Products of coordinates, coordinates and 1 of each scaled point.
  public static func quadraticFeatures(
    of x: UnsafePointer<Double>, rows: Int, dimension: Int, centre: UnsafePointer<Double>,
    scale: UnsafePointer<Double>, pairs: Bool, into output: UnsafeMutablePointer<Double>
  ) {
    ornstein_quadratic_features_f64(x, rows, dimension, centre, scale, pairs ? 1 : 0, output)
  }
}
