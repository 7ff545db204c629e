import CKernels

/// The kernels in single precision.
public enum FloatKernels: KernelSet {
  /// The number type.
  public typealias Scalar = Float

  /// Writes standard normals.
  public static func normals(
    into output: UnsafeMutableBufferPointer<Float>, stream: NoiseStream, first: UInt64
  ) {
    guard let base = output.baseAddress else { return }
    ornstein_normals_f32(base, output.count, ornstein_stream(stream), first)
  }

  /// Writes uniforms on the open interval (0, 1).
  public static func uniforms(
    into output: UnsafeMutableBufferPointer<Float>, stream: NoiseStream, first: UInt64
  ) {
    guard let base = output.baseAddress else { return }
    ornstein_uniforms_f32(base, output.count, ornstein_stream(stream), first)
  }

  /// x <- a x + b s + c z with z the stream's normals.
  public static func affineStep(
    position: UnsafeMutablePointer<Float>, score: UnsafePointer<Float>, count: Int,
    coefficients: (position: Double, score: Double, noise: Double), stream: NoiseStream,
    first: UInt64
  ) {
    ornstein_affine_step_f32(
      position, score, count, Float(coefficients.position), Float(coefficients.score),
      Float(coefficients.noise), ornstein_stream(stream), first)
  }

  /// output_i = sum_j c_j input_ji + noise z_i.
  public static func combine(
    into output: UnsafeMutablePointer<Float>, count: Int,
    inputs: UnsafeBufferPointer<UnsafePointer<Float>>,
    coefficients: UnsafeBufferPointer<Double>, noise: Double, stream: NoiseStream, first: UInt64
  ) {
    precondition(
      coefficients.count == inputs.count,
      "\(inputs.count) inputs need as many coefficients, not \(coefficients.count).")
    withArrays(of: inputs) { arrays in
      ornstein_linear_combination_f32(
        output, arrays, inputs.count, coefficients.baseAddress, count, noise,
        ornstein_stream(stream), first)
    }
  }

  /// output_rj = sum_i c_ij input_irj + noise_j z_rj.
  public static func combine(
    into output: UnsafeMutablePointer<Float>, rows: Int, dimension: Int,
    inputs: UnsafeBufferPointer<UnsafePointer<Float>>, coefficients: UnsafePointer<Float>,
    noise: UnsafePointer<Float>?, stream: NoiseStream, first: UInt64
  ) {
    withArrays(of: inputs) { arrays in
      ornstein_diagonal_combination_f32(
        output, arrays, inputs.count, coefficients, rows, dimension, noise,
        ornstein_stream(stream), first)
    }
  }

  /// y = exp(x).
  public static func exponential(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    ornstein_exp_f32(x, y, count)
  }

  /// y = log(x).
  public static func logarithm(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    ornstein_log_f32(x, y, count)
  }

  /// The sine and cosine of 2 pi x.
  public static func sineAndCosine(
    ofTurns x: UnsafePointer<Float>, sine: UnsafeMutablePointer<Float>,
    cosine: UnsafeMutablePointer<Float>, count: Int
  ) {
    ornstein_sincos2pi_f32(x, sine, cosine, count)
  }

  /// y = x / (1 + exp(-x)), and its derivative unless `nil`.
  public static func sigmoidLinearUnit(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    derivative: UnsafeMutablePointer<Float>?, count: Int
  ) {
    ornstein_silu_f32(x, y, derivative, count)
  }

  /// The number of elements of a packed k-by-n matrix.
  public static func packedCount(rows k: Int, columns n: Int) -> Int {
    ornstein_packed_count_f32(k, n)
  }

  /// Packs a k-by-n right-hand matrix.
  public static func pack(
    _ matrix: UnsafePointer<Float>, stride: Int, rows k: Int, columns n: Int, transposed: Bool,
    into packed: UnsafeMutablePointer<Float>
  ) {
    ornstein_pack_f32(matrix, stride, k, n, transposed ? 1 : 0, packed)
  }

  /// Multiplies as the product says.
  public static func multiply(_ product: MatrixProduct<Float>) {
    var call = ornstein_product_f32()
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
    ornstein_multiply_f32(&call)
  }

  /// The sum of each column of a row-major matrix.
  public static func columnSums(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    ornstein_column_sums_f32(matrix, rows, columns, stride, output)
  }

  /// Adds all slices into the first in a fixed order; the sum of squares of the result.
  public static func reduceSlices(
    _ slices: [UnsafeMutablePointer<Float>], offset: Int, count: Int
  ) -> Double {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutablePointer<Float>?.self, capacity: slices.count
    ) { pointers in
      for (index, slice) in slices.enumerated() {
        pointers.initializeElement(at: index, to: slice + offset)
      }
      return ornstein_reduce_slices_f32(pointers.baseAddress, slices.count, count)
    }
  }

  /// One AdamW step with weight averaging.
  public static func adamW(
    parameters: UnsafeMutablePointer<Float>, firstMoment: UnsafeMutablePointer<Float>,
    secondMoment: UnsafeMutablePointer<Float>, average: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, count: Int, settings: AdamWSettings
  ) {
    var call = ornstein_adamw_settings(settings)
    ornstein_adamw_f32(parameters, firstMoment, secondMoment, average, gradient, count, &call)
  }

  /// The score (and log-density, unless `nil`) of a Gaussian mixture with diagonal covariances.
  public static func mixtureScore(
    of x: UnsafePointer<Float>, rows: Int, dimension: Int, components: Int,
    means: UnsafePointer<Float>, precisions: UnsafePointer<Float>, constants: UnsafePointer<Float>,
    score: UnsafeMutablePointer<Float>, logDensity: UnsafeMutablePointer<Float>?
  ) {
    ornstein_mixture_score_f32(
      x, rows, dimension, components, means, precisions, constants, score, logDensity)
  }

  /// The same of a mixture of isotropic components, with one precision each.
  public static func isotropicMixtureScore(
    of x: UnsafePointer<Float>, rows: Int, dimension: Int, components: Int,
    means: UnsafePointer<Float>, precisions: UnsafePointer<Float>,
    constants: UnsafePointer<Float>,
    score: UnsafeMutablePointer<Float>, logDensity: UnsafeMutablePointer<Float>?
  ) {
    ornstein_isotropic_mixture_score_f32(
      x, rows, dimension, components, means, precisions, constants, score, logDensity)
  }

  /// Each row becomes its softmax times a factor; the logarithm of its sum of exponentials beside it.
  public static func softmaxRows(
    _ x: UnsafeMutablePointer<Float>, rows: Int, columns: Int, factors: UnsafePointer<Float>?,
    logSums: UnsafeMutablePointer<Float>
  ) {
    ornstein_softmax_rows_f32(x, rows, columns, factors, logSums)
  }

  /// Products of coordinates, coordinates and 1 of each scaled point.
  public static func quadraticFeatures(
    of x: UnsafePointer<Float>, rows: Int, dimension: Int, centre: UnsafePointer<Float>,
    scale: UnsafePointer<Float>, pairs: Bool, into output: UnsafeMutablePointer<Float>
  ) {
    ornstein_quadratic_features_f32(x, rows, dimension, centre, scale, pairs ? 1 : 0, output)
  }
}
