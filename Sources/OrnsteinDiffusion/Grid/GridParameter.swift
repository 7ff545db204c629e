/// The numbers that a grid takes by name.
extension GridKind {
  /// The options of this kind, with their usual values; none for most kinds.
  public var parameters: [MethodParameter] {
    switch self {
    case .karras, .quadratic:
      [
        MethodParameter(
          "rho", defaultExponent ?? 1,
          self == .karras
            ? "the root of sigma / alpha that has equal steps, 1 or more"
            : "the root of t that has equal steps, 1 or more")
      ]
    case .li:
      [
        MethodParameter(
          "c0", LiSchedule.usual.c0, "the exponent of the first noise T^-c0, above 0"),
        MethodParameter(
          "c1", LiSchedule.usual.c1, "the rate of growth, above 0 and below T / log(T)"),
      ]
    case .exponentialThenConstant:
      [
        MethodParameter(
          "floor", GridPoints.usualFloor,
          "the canonical time below which steps are equal again, above 0 up to 1")
      ]
    case .uniform, .geometric, .logSNR, .linearBeta, .cosine, .exponential, .benton, .optimal,
      .custom:
      []
    }
  }
}

extension GridSpecification {
  /// The options that are given, by name.
  public var options: [String: Double] {
    let all = [("rho", exponent), ("c0", c0), ("c1", c1), ("floor", floor)]
    return Dictionary(
      uniqueKeysWithValues: all.compactMap { name, value in value.map { (name, $0) } })
  }

  /// Sets options by name, as ``GridKind/parameters`` lists them; others stay as they are.
  ///
  /// Values are checked when the grid is made.
  ///
  /// - Throws: ``GridError/unknownOption(kind:option:known:)`` for a name that the kind does not have.
  public mutating func set(_ options: [String: Double]) throws(GridError) {
    let known = kind.parameters.map(\.name)
    for (option, value) in options.sorted(by: { $0.key < $1.key }) {
      guard known.contains(option) else {
        throw .unknownOption(kind: kind.rawValue, option: option, known: known)
      }
      switch option {
      case "rho": exponent = value
      case "c0": c0 = value
      case "c1": c1 = value
      default: floor = value
      }
    }
  }
}
