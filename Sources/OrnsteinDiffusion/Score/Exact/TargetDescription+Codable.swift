extension TargetDescription: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case name, dimension, comment, kind
    case components, halfWidth, radius, points, file, weights, factors, base, axes, offset, error
  }

  /// Any key, so that those that mean nothing are found.
  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static func keys(ofKind kind: String) -> [Key]? {
    switch kind {
    case "mixture": [.components]
    case "cube-vertices", "cube": [.halfWidth]
    case "sphere": [.radius]
    case "points": [.points, .file, .weights]
    case "product": [.factors]
    case "manifold": [.base, .axes, .offset]
    case "perturbed": [.base, .error]
    default: nil
    }
  }

  /// Reads the form that ``TargetDescription`` shows; a key that means nothing is an error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let place = Self.path(decoder.codingPath)
    let word = try container.decodeIfPresent(String.self, forKey: .kind) ?? "mixture"
    guard let own = Self.keys(ofKind: word) else {
      throw TargetError(
        path: "kind",
        reason: "The kind \"\(word)\" is not one of \(Kind.names.joined(separator: ", "))."
      ).inside(place)
    }
    let known = Set(([.name, .dimension, .comment, .kind] + own).map(\.rawValue))
    let present = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
    if let unknown = present.first(where: { !known.contains($0) }) {
      throw TargetError(
        path: unknown,
        reason: "A \(word) has no such key; its own are "
          + own.map(\.rawValue).joined(separator: ", ") + "."
      ).inside(place)
    }
    let kind: Kind
    var derived: Int?
    switch word {
    case "cube-vertices":
      kind = .cubeVertices(halfWidth: try container.decode(Double.self, forKey: .halfWidth))
    case "cube": kind = .cube(halfWidth: try container.decode(Double.self, forKey: .halfWidth))
    case "sphere": kind = .sphere(radius: try container.decode(Double.self, forKey: .radius))
    case "points": (kind, derived) = try Self.points(container, place)
    case "product":
      let factors = try container.decode([TargetDescription].self, forKey: .factors)
      kind = .product(factors)
      derived = factors.reduce(0) { $0 &+ $1.dimension }
    case "manifold":
      let axes = try container.decode([[Double]].self, forKey: .axes)
      kind = .manifold(
        try container.decode(TargetDescription.self, forKey: .base), axes: axes,
        offset: try container.decodeIfPresent([Double].self, forKey: .offset))
      derived = axes.first?.count
    case "perturbed":
      let base = try container.decode(TargetDescription.self, forKey: .base)
      kind = .perturbed(base, try container.decode(ScoreError.self, forKey: .error))
      derived = base.dimension
    default:
      kind = .mixture(
        try container.decode([GaussianMixtureDescription.Component].self, forKey: .components))
    }
    let isInner = !decoder.codingPath.isEmpty
    let name =
      isInner
      ? try container.decodeIfPresent(String.self, forKey: .name) ?? word
      : try container.decode(String.self, forKey: .name)
    let dimension: Int
    if isInner, let derived {
      dimension = try container.decodeIfPresent(Int.self, forKey: .dimension) ?? derived
    } else {
      dimension = try container.decode(Int.self, forKey: .dimension)
    }
    self.init(
      name: name, dimension: dimension,
      comment: try container.decodeIfPresent(String.self, forKey: .comment), kind: kind)
  }

  private static func points(
    _ container: KeyedDecodingContainer<Key>, _ place: String
  ) throws -> (Kind, dimension: Int?) {
    let rows = try container.decodeIfPresent([[Double]].self, forKey: .points)
    let file = try container.decodeIfPresent(String.self, forKey: .file)
    guard (rows == nil) != (file == nil) else {
      throw TargetError(
        path: "points",
        reason: rows == nil
          ? "There is neither \"points\" nor \"file\"; give one of them."
          : "There are both \"points\" and \"file\"; give one of them."
      ).inside(place)
    }
    let weights = try container.decodeIfPresent([Double].self, forKey: .weights)
    guard let rows else {
      return (.points(PointList(coordinates: [], weights: weights, file: file)), nil)
    }
    let dimension =
      try container.decodeIfPresent(Int.self, forKey: .dimension) ?? rows.first?.count
    for (index, row) in rows.enumerated() where row.count != dimension {
      throw TargetError(
        path: "points[\(index)]",
        reason: "The point has \(row.count) coordinates and needs \(dimension ?? 0)."
      ).inside(place)
    }
    return (.points(PointList(coordinates: rows.flatMap(\.self), weights: weights)), dimension)
  }

  /// A place in a file, as `factors[1].radius`.
  package static func path(_ keys: [any CodingKey]) -> String {
    var path = ""
    for key in keys {
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += (path.isEmpty ? "" : ".") + key.stringValue
      }
    }
    return path
  }

  /// Writes the form that a target file has.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(dimension, forKey: .dimension)
    try container.encodeIfPresent(comment, forKey: .comment)
    try container.encode(kind.name, forKey: .kind)
    switch kind {
    case .mixture(let components): try container.encode(components, forKey: .components)
    case .cubeVertices(let halfWidth), .cube(let halfWidth):
      try container.encode(halfWidth, forKey: .halfWidth)
    case .sphere(let radius): try container.encode(radius, forKey: .radius)
    case .points(let list):
      if let file = list.file {
        try container.encode(file, forKey: .file)
      } else {
        let rows = stride(from: 0, to: list.coordinates.count, by: max(dimension, 1)).map {
          Array(list.coordinates[$0..<min($0 + dimension, list.coordinates.count)])
        }
        try container.encode(rows, forKey: .points)
      }
      try container.encodeIfPresent(list.weights, forKey: .weights)
    case .product(let factors): try container.encode(factors, forKey: .factors)
    case .manifold(let base, let axes, let offset):
      try container.encode(base, forKey: .base)
      try container.encode(axes, forKey: .axes)
      try container.encodeIfPresent(offset, forKey: .offset)
    case .perturbed(let base, let error):
      try container.encode(base, forKey: .base)
      try container.encode(error, forKey: .error)
    }
  }
}

extension ScoreError: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case constant, matrix, offset, amplitude, frequency
  }

  /// Reads `{"constant"}`, `{"matrix", "offset"}` or `{"amplitude", "frequency"}`; the offset may be
  /// left out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch Set(container.allKeys.map(\.rawValue)) {
    case ["constant"]: self = .constant(try container.decode([Double].self, forKey: .constant))
    case ["matrix"], ["matrix", "offset"]:
      let matrix = try container.decode([[Double]].self, forKey: .matrix)
      self = .affine(
        matrix: matrix,
        offset: try container.decodeIfPresent([Double].self, forKey: .offset)
          ?? [Double](repeating: 0, count: matrix.count))
    case ["amplitude", "frequency"]:
      self = .sinusoidal(
        amplitude: try container.decode([Double].self, forKey: .amplitude),
        frequency: try container.decode([Double].self, forKey: .frequency))
    default:
      throw TargetError(
        path: TargetDescription.path(decoder.codingPath),
        reason: "An error of the score has the keys constant, or matrix and offset, or amplitude "
          + "and frequency.")
    }
  }

  /// Writes the form that a target file has.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .constant(let vector): try container.encode(vector, forKey: .constant)
    case .affine(let matrix, let offset):
      try container.encode(matrix, forKey: .matrix)
      try container.encode(offset, forKey: .offset)
    case .sinusoidal(let amplitude, let frequency):
      try container.encode(amplitude, forKey: .amplitude)
      try container.encode(frequency, forKey: .frequency)
    }
  }
}
