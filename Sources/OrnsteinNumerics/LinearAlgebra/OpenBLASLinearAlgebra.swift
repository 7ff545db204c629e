#if canImport(COpenBLAS) && !canImport(Accelerate)
  import COpenBLAS

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// OpenBLAS, one thread a call: parallel work is cut over points outside of it.
  ///
  /// Versions older than a CPU do not know it and fall back to the kernels of Haswell (AVX2), at half
  /// the speed on CPUs with wide AVX-512. Where that happened and AVX-512 is there, the kernels of
  /// SkylakeX are chosen instead; the environment variable `OPENBLAS_CORETYPE` overrides it.
  public struct OpenBLASLinearAlgebra: FortranLAPACK {
    static let shared = OpenBLASLinearAlgebra()

    /// The backend's name and core type.
    public let name: String

    private init() {
      openblas_set_num_threads(1)
      let fallback = Self.coreName
      if getenv("OPENBLAS_CORETYPE") == nil, ["Haswell", "Zen", "Prescott"].contains(fallback),
        InstructionSet.supported.contains(.avx512)
      {
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
        if ornstein_openblas_reselect_core() == 1 { openblas_set_num_threads(1) }
        unsetenv("OPENBLAS_CORETYPE")
      }
      name = "OpenBLAS \(Self.coreName)"
    }

    private static var coreName: String {
      openblas_get_corename().map { String(cString: $0) } ?? "unknown"
    }
  }
#endif
