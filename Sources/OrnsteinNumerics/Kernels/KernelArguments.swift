import CKernels
import RealModule

extension ornstein_stream {
  /// The stream as the kernels take it.
  init(_ stream: NoiseStream) {
    self.init(seed: stream.seed, step: stream.step, purpose: stream.purpose)
  }
}

extension KernelSet {
  /// The addresses of 1 to 16 arrays as the kernels take them.
  static func withArrays(
    of inputs: UnsafeBufferPointer<UnsafePointer<Scalar>>,
    _ body: (UnsafePointer<UnsafePointer<Scalar>?>) -> Void
  ) {
    precondition(
      (1...Int(ORNSTEIN_MOST_INPUTS)).contains(inputs.count),
      "A combination takes 1 to \(ORNSTEIN_MOST_INPUTS) arrays, not \(inputs.count).")
    guard let base = inputs.baseAddress else { return }
    base.withMemoryRebound(to: UnsafePointer<Scalar>?.self, capacity: inputs.count, body)
  }
}

extension ornstein_epilogue {
  /// The epilogue as the kernels take it.
  init<Scalar: BatchScalar>(_ epilogue: MatrixProduct<Scalar>.Epilogue) {
    switch epilogue {
    case .none: self = ORNSTEIN_EPILOGUE_NONE
    case .sigmoidLinearUnit: self = ORNSTEIN_EPILOGUE_SILU
    case .backward: self = ORNSTEIN_EPILOGUE_BACKWARD
    }
  }
}

extension ornstein_adamw_settings {
  /// The settings as the kernels take them, with the bias corrections of the step.
  init(_ settings: AdamWSettings) {
    self.init(
      learning_rate: settings.learningRate, beta1: settings.firstDecay,
      beta2: settings.secondDecay, epsilon: settings.epsilon,
      weight_decay: settings.weightDecay,
      correction1: 1 / (1 - Double.pow(settings.firstDecay, settings.step)),
      correction2: 1 / (1 - Double.pow(settings.secondDecay, settings.step)),
      gradient_scale: settings.gradientScale, average_rate: settings.averageRate)
  }
}
