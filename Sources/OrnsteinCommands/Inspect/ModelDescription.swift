import Ornstein

/// A learned model, for people and machines.
struct ModelDescription: Encodable {
  /// A learned mixture.
  struct MixtureSummary: Encodable {
    var components: Int
    var weights: [Double]
  }

  /// Learned polynomials.
  struct PolynomialSummary: Encodable {
    var levels: Int
    var cells: Int
    var baseVariance: Double
  }

  /// A kernel law.
  struct KernelSummary: Encodable {
    var points: Int
    var bandwidth: Double
  }

  var kind = "model"
  var file: String
  var hash: String
  var learner: String
  var schema: Schema
  var process: ProcessSpecification
  var learning: LearningRecord
  var network: NetworkShape?
  var training: TrainingRecord?
  var mixture: MixtureSummary?
  var polynomial: PolynomialSummary?
  var kernel: KernelSummary?

  init(of path: String) throws {
    let model = try TableModel(contentsOf: path)
    file = path
    hash = try SHA256.hexadecimal(ofFile: path)
    learner = model.learned.learner
    schema = model.schema
    process = model.process
    learning = model.record
    switch model.learned {
    case .network(let network, let record):
      self.network = network.shape
      training = record
    case .mixture(let mixture, _):
      let components = mixture.description.components
      self.mixture = MixtureSummary(
        components: components.count, weights: components.map(\.weight))
    case .polynomial(let score, _):
      polynomial = PolynomialSummary(
        levels: score.levels.count, cells: score.levels.reduce(0) { $0 + $1.cells.count },
        baseVariance: score.baseVariance)
    case .kernel(let law, _):
      kernel = KernelSummary(points: law.base.points.count, bandwidth: law.bandwidth)
    }
  }

  var text: String {
    var text = "\"\(file)\": a learned model (SHA-256 \(hash.prefix(12))…)\n"
    text += SchemaText.lines(schema)
    text += lawLine + "\nProcess: \(process.name)\n"
    text += training.map { "Training: \($0.steps) steps in " } ?? "Learned in "
    text +=
      "\(Spelling.duration(seconds: learning.seconds)), seed \(learning.seed), "
      + "\(learning.rows) rows of which \(learning.heldOutRows) held out"
    if let training {
      text += ", ended by \(training.finish.rawValue)"
      if let loss = training.heldOutLoss {
        text += "\nHeld-out loss: \(Spelling.number(loss))"
        if let error = training.heldOutStandardError {
          text += " ± \(Spelling.number(error, digits: 2))"
        }
        text += " at step \(training.modelStep)"
      }
    }
    for remark in learning.remarks { text += "\n" + remark }
    if let density = learning.heldOutLogDensity { text += "\n" + FitReport.sentence(density) }
    return text
  }

  private var lawLine: String {
    if let network, let training {
      let range = training.settings.objective.logSNRRange
      return
        "Network: \(network.hiddenLayers) layers of \(network.width) units on "
        + "\(network.dimension) coordinates, predicts the "
        + "\(training.settings.objective.parametrization.rawValue) for log-SNR "
        + "\(range.lowerBound) to \(range.upperBound)"
    }
    if let mixture {
      return "Mixture: \(mixture.components) normal laws on \(schema.dimension) coordinates"
    }
    if let polynomial {
      return
        "Polynomials: \(polynomial.levels) levels, \(polynomial.cells) cells on "
        + "\(schema.dimension) coordinates, own noise of variance "
        + Spelling.number(polynomial.baseVariance)
    }
    if let kernel {
      return
        "Kernel: \(kernel.points) points with normal noise of deviation "
        + Spelling.number(kernel.bandwidth)
    }
    return "Law: \(learner)"
  }
}
