/// The length in which a Langevin method measures its steps at a noise level.
///
/// Both units change with the scale of the process, so the same options give the same points on
/// every process, up to that scale.
public enum LangevinUnit: Int, Sendable, CaseIterable {
  /// sigma. The Hessian of log p_t is at least -1 / sigma^2 for any data, so steps below 2 units of
  /// time are stable at every level.
  case noise = 0
  /// sqrt(alpha^2 + sigma^2): steps are times of the Langevin diffusion of the canonical process.
  case scale = 1

  /// The length of the unit at a level.
  public func length(at level: NoiseLevel) -> Double {
    switch self {
    case .noise: level.sigma
    case .scale: level.scale
    }
  }

  /// The unit of an option.
  init(option value: Double) throws(SamplingError) {
    let number = try value.checkedWhole("unit", in: 0...1)
    self = number == 0 ? .noise : .scale
  }

  static let parameter = MethodParameter(
    "unit", 0, "the unit of length of steps: 0 for sigma, 1 for sqrt(alpha^2 + sigma^2)")
}
