extension ColumnSchema: Codable {
  private enum Key: String, CodingKey {
    case name, kind, missing, minimum, maximum, mean, standardDeviation, decimals, trailingZeros
    case transform, categories, period
  }

  /// Reads a column of a schema file.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    name = try values.decode(String.self, forKey: .name)
    missing = try values.decodeIfPresent(Int.self, forKey: .missing) ?? 0
    let print = Column.Print(
      decimals: try values.decodeIfPresent(Int.self, forKey: .decimals),
      keepsTrailingZeros: try values.decodeIfPresent(Bool.self, forKey: .trailingZeros) ?? false)
    func range() throws -> NumberRange {
      NumberRange(
        minimum: try values.decode(Double.self, forKey: .minimum),
        maximum: try values.decode(Double.self, forKey: .maximum),
        mean: try values.decode(Double.self, forKey: .mean),
        standardDeviation: try values.decode(Double.self, forKey: .standardDeviation),
        print: print, transform: try values.decode(MarginalTransform.self, forKey: .transform))
    }
    switch try values.decode(ColumnKindName.self, forKey: .kind) {
    case .continuous: kind = .continuous(try range())
    case .integer: kind = .integer(try range())
    case .categorical: kind = .categorical(try values.decode([Category].self, forKey: .categories))
    case .boolean: kind = .boolean(try values.decode([Category].self, forKey: .categories))
    case .angle:
      kind = .angle(
        AngleRange(
          period: try values.decode(Double.self, forKey: .period),
          lowest: try values.decode(Double.self, forKey: .minimum), print: print))
    case .empty: kind = .empty
    case .ignored:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values, debugDescription: "a model's schema cannot ignore a column")
    }
  }

  /// Writes a column of a schema file.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .name)
    try values.encode(kindName, forKey: .kind)
    try values.encode(missing, forKey: .missing)
    func write(_ print: Column.Print) throws {
      try values.encodeIfPresent(print.decimals, forKey: .decimals)
      try values.encode(print.keepsTrailingZeros, forKey: .trailingZeros)
    }
    switch kind {
    case .continuous(let range), .integer(let range):
      try values.encode(range.minimum, forKey: .minimum)
      try values.encode(range.maximum, forKey: .maximum)
      try values.encode(range.mean, forKey: .mean)
      try values.encode(range.standardDeviation, forKey: .standardDeviation)
      try write(range.print)
      try values.encode(range.transform, forKey: .transform)
    case .categorical(let categories), .boolean(let categories):
      try values.encode(categories, forKey: .categories)
    case .angle(let range):
      try values.encode(range.period, forKey: .period)
      try values.encode(range.lowest, forKey: .minimum)
      try write(range.print)
    case .empty: break
    }
  }
}

extension MarginalTransform: Codable {
  private enum Key: String, CodingKey {
    case kind, center, scale, scores, values, counts, spread
  }

  /// Reads a transform of a schema file.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: Key.self)
    switch try keys.decode(Name.self, forKey: .kind) {
    case .linear:
      self = .linear(
        center: try keys.decode(Double.self, forKey: .center),
        scale: try keys.decode(Double.self, forKey: .scale))
    case .quantile:
      self = .quantile(
        scores: try keys.decode([Double].self, forKey: .scores),
        values: try keys.decode([Double].self, forKey: .values))
    case .levels:
      self = .levels(
        values: try keys.decode([Double].self, forKey: .values),
        counts: try keys.decode([Int].self, forKey: .counts),
        spread: try keys.decodeIfPresent(Double.self, forKey: .spread)
          ?? MarginalTransform.levelSpread)
    }
  }

  /// Writes a transform of a schema file.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode(name, forKey: .kind)
    switch self {
    case .linear(let center, let scale):
      try keys.encode(center, forKey: .center)
      try keys.encode(scale, forKey: .scale)
    case .quantile(let scores, let values):
      try keys.encode(scores, forKey: .scores)
      try keys.encode(values, forKey: .values)
    case .levels(let values, let counts, let spread):
      try keys.encode(values, forKey: .values)
      try keys.encode(counts, forKey: .counts)
      try keys.encode(spread, forKey: .spread)
    }
  }
}
