import CKernels

/// The vector instructions that kernels are compiled for.
///
/// The widest set of the machine is chosen at the first call of a kernel, or the one named by the
/// environment variable `ORNSTEIN_ISA` (`baseline`, `avx2`, `avx512`, `neon`) where the machine has
/// it. Results are reproducible bit for bit on one set; two sets differ in the last bits.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// What every CPU of the architecture has: SSE2 on x86-64, NEON on arm64.
  case baseline
  /// x86-64-v3: AVX2 and FMA.
  case avx2
  /// x86-64-v4: AVX-512 F, VL, DQ, BW.
  case avx512
  /// arm64.
  case neon

  private var code: ornstein_isa {
    switch self {
    case .baseline: ORNSTEIN_ISA_BASELINE
    case .avx2: ORNSTEIN_ISA_AVX2
    case .avx512: ORNSTEIN_ISA_AVX512
    case .neon: ORNSTEIN_ISA_NEON
    }
  }

  /// The set in use on this thread.
  public static var current: InstructionSet {
    let code = ornstein_isa_current()
    return allCases.first { $0.code == code } ?? .baseline
  }

  /// The sets that this machine can run, narrowest first.
  public static var supported: [InstructionSet] {
    allCases.filter { ornstein_isa_supported($0.code) == 1 }
  }

  /// The name, as in `ORNSTEIN_ISA`.
  public var name: String { rawValue }

  /// Makes all kernels of the process use this set from now on.
  ///
  /// To be called before other work: not while kernels run, and matrices packed before have to be
  /// packed again.
  ///
  /// - Returns: Whether the machine supports the set; nothing changes where it does not.
  public func select() -> Bool { ornstein_isa_select(code) == 1 }

  /// Runs `body` with the kernels of this set on the calling thread, whatever other threads use.
  ///
  /// Meant for tests and comparisons: the calls that `body` makes from other threads do not follow,
  /// and a matrix packed outside cannot be multiplied inside.
  ///
  /// - Returns: What `body` returns, or `nil` without calling it where the machine lacks the set.
  public func perform<R>(_ body: () throws -> R) rethrows -> R? {
    guard ornstein_isa_select_for_thread(code) == 1 else { return nil }
    defer { ornstein_isa_release_thread() }
    return try body()
  }
}
