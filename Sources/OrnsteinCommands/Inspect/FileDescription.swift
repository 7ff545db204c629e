import Ornstein

/// What a file holds, for people and machines.
enum FileDescription: Encodable {
  case model(ModelDescription)
  case checkpoint(CheckpointDescription)
  case table(TableDescription)
  case target(TargetSummary)

  init(of path: String) throws {
    let name = path.lowercased()
    if name.hasSuffix(".csv") || name.hasSuffix(".npy") {
      self = .table(try TableDescription(of: path))
    } else if name.hasSuffix(".json") {
      self = .target(try TargetSummary(of: path))
    } else {
      switch try ModelMetadata.Kind(of: path) {
      case .network, .mixture, .polynomial, .kernel:
        self = .model(try ModelDescription(of: path))
      case .checkpoint: self = .checkpoint(try CheckpointDescription(of: path))
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .model(let value): try value.encode(to: encoder)
    case .checkpoint(let value): try value.encode(to: encoder)
    case .table(let value): try value.encode(to: encoder)
    case .target(let value): try value.encode(to: encoder)
    }
  }

  var text: String {
    switch self {
    case .model(let value): value.text
    case .checkpoint(let value): value.text
    case .table(let value): value.text
    case .target(let value): value.text
    }
  }
}

/// An interrupted fit.
struct CheckpointDescription: Encodable {
  var kind = "checkpoint"
  var file: String
  var learner: String
  var schema: Schema
  var step: Int?
  var totalSteps: Int?
  /// The mixtures that are learned.
  var mixtures: Int?
  var heldOutLoss: Double?
  var seconds: Double
  var seed: UInt64

  init(of path: String) throws {
    file = path
    switch try InterruptedFit(contentsOf: path) {
    case .network(let checkpoint):
      let state = checkpoint.training.state
      learner = "network"
      schema = checkpoint.schema
      step = state.step
      totalSteps = state.totalSteps
      heldOutLoss = state.history.last?.loss
      (seconds, seed) = (state.seconds, state.seed)
    case .mixture(let checkpoint):
      let state = checkpoint.learning.state
      learner = "mixture"
      schema = checkpoint.schema
      step = state.descentIterations
      mixtures = state.descentIterations == nil ? state.fitCount : nil
      (seconds, seed) = (state.seconds, state.seed)
    }
  }

  var text: String {
    var text = "\"\(file)\": an interrupted fit of a \(learner)\n" + SchemaText.lines(schema)
    if let step { text += "Step \(step)" + (totalSteps.map { " of \($0)" } ?? "") }
    if let mixtures { text += "\(mixtures) mixture\(mixtures == 1 ? "" : "s") learned" }
    text += " after \(Spelling.duration(seconds: seconds)), seed \(seed)"
    if let heldOutLoss { text += ", held-out loss \(Spelling.number(heldOutLoss))" }
    return text
  }
}

/// A table, by the schema that is inferred from it.
struct TableDescription: Encodable {
  var kind = "table"
  var file: String
  var schema: Schema

  init(of path: String) throws {
    file = path
    schema = try Schema(of: try Table(contentsOf: path))
  }

  var text: String { "\"\(file)\": a table\n" + SchemaText.lines(schema, isLast: true) }
}

/// An exact target.
struct TargetSummary: Encodable {
  var kind = "target"
  var file: String
  var name: String
  var dimension: Int
  var law: String
  /// The number of normal laws, of a mixture.
  var components: Int?
  var moments: DataMoments
  private var sentence: String

  private enum CodingKeys: String, CodingKey {
    case kind, file, name, dimension, law, components, moments
  }

  init(of path: String) throws {
    let target = try TargetFile(contentsOf: path)
    let description = target.description
    file = path
    name = description.name
    dimension = description.dimension
    law = description.kind.name
    components = description.mixture?.components.count
    moments = try target.makeTarget(Double.self).moments
    sentence = Self.sentence(description)
  }

  var text: String {
    "\"\(file)\": the exact target \"\(name)\", \(sentence) in "
      + "\(dimension) \(dimension == 1 ? "dimension" : "dimensions")\n"
      + "Mean: " + moments.mean.prefix(8).map { Spelling.number($0) }.joined(separator: ", ")
      + (dimension > 8 ? ", …" : "")
  }

  private static func sentence(_ target: TargetDescription) -> String {
    switch target.kind {
    case .mixture(let components): "a mixture of \(components.count) normal laws"
    case .cubeVertices(let halfWidth):
      "the vertices of a cube of half-width \(Spelling.number(halfWidth))"
    case .cube(let halfWidth): "a cube of half-width \(Spelling.number(halfWidth))"
    case .sphere(let radius): "a sphere of radius \(Spelling.number(radius))"
    case .points(let list): "\(list.coordinates.count / target.dimension) points"
    case .product(let factors):
      "a product of " + factors.map { "\(sentence($0))" }.joined(separator: ", ")
    case .manifold(let base, _, _):
      "a linear manifold of \(base.dimension) "
        + "\(base.dimension == 1 ? "dimension" : "dimensions") with \(sentence(base))"
    case .perturbed(let base, _): "\(sentence(base)) with an error of its score"
    }
  }
}

/// A schema as lines of text.
enum SchemaText {
  static func lines(_ schema: Schema, isLast: Bool = false) -> String {
    let lines = schema.columns.map { column in
      var text = "  \(column.name): \(column.kindName.rawValue)"
      switch column.kind {
      case .continuous(let range), .integer(let range):
        text +=
          " from \(Spelling.number(range.minimum)) to \(Spelling.number(range.maximum)), mean "
          + "\(Spelling.number(range.mean))"
      case .categorical(let categories), .boolean(let categories):
        let shown = categories.prefix(6).map { "\($0.value) (\($0.count))" }
        text += ": " + shown.joined(separator: ", ") + (categories.count > 6 ? ", …" : "")
      case .angle(let range): text += " of period \(Spelling.number(range.period))"
      case .empty: break
      }
      return column.missing > 0 ? text + ", \(column.missing) missing" : text
    }
    return
      "\(schema.rows) rows, \(schema.columns.count) columns, \(schema.dimension) coordinates:\n"
      + lines.joined(separator: "\n") + (isLast ? "" : "\n")
  }
}
