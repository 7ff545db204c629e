#if canImport(Accelerate)
  /// Apple's Accelerate.
  public struct AccelerateLinearAlgebra: FortranLAPACK {
    init() {}

    /// The backend's name.
    public var name: String { "Accelerate" }
  }
#endif
