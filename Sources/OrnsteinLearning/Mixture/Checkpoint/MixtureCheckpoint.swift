import OrnsteinDiffusion
import OrnsteinNumerics

/// An interrupted fit of a mixture, from which it goes on bit for bit as if never interrupted.
public struct MixtureCheckpoint: Sendable {
  /// What learns.
  public enum Learner: Sendable, Equatable, Codable {
    /// Expectation-maximisation.
    case search(MixtureSearch)
    /// Gradient descent on the denoising objective.
    case descent(ScoreMatchingDescent)
  }

  /// All but the numbers of mixtures.
  public struct State: Sendable, Codable {
    /// What learns.
    public var learner: Learner
    /// The seed.
    public var seed: UInt64
    /// The rows of the data.
    public var rows: Int
    /// The hash of the data, in hexadecimal.
    public var dataHash: String
    /// The column that says how much each row counts, if one does.
    public var weightColumn: String?
    /// The seconds of learning so far.
    public var seconds: Double
    /// The mixtures that are learned, by the number of the call.
    var fits: [Fit]
    /// What is being learned.
    var running: Running?
    /// Where gradient descent stands.
    var descent: DescentProgress?

    struct Fit: Sendable, Codable {
      var number: Int
      var name: String
      var record: MixtureRecord
    }

    struct Running: Sendable, Codable {
      var number: Int
      var covariance: CovarianceKind
      var best: MixtureRun.Position?
      var logLikelihoods: [Double]
      var collapses: [MixtureCollapse]
      var current: MixtureRun.Position
    }

    /// How many mixtures have been learned.
    public var fitCount: Int { fits.count }
    /// The iterations of gradient descent that are done.
    public var descentIterations: Int? { descent?.history.count }
  }

  /// Weights, means and covariances of mixtures, under the prefixes `fit.0.`, `fit.1.`, …, and of the
  /// restart that goes on and the best before it under `running.current.` and `running.best.`.
  public var tensors: [Tensor]
  /// The position of the fit.
  public var state: State

  /// A checkpoint from its parts, as read from a file.
  public init(tensors: [Tensor], state: State) {
    self.tensors = tensors
    self.state = state
  }

  /// What a ledger holds.
  ///
  /// - Parameters:
  ///   - ledger: What has been learned.
  ///   - learner: What learns.
  ///   - seed: The seed.
  ///   - rows: The rows of the data.
  ///   - dataHash: The hash of the data, in hexadecimal.
  ///   - seconds: The seconds of learning so far.
  public init(
    of ledger: MixtureLedger, learner: Learner, seed: UInt64, rows: Int, dataHash: String,
    seconds: Double
  ) {
    state = State(
      learner: learner, seed: seed, rows: rows, dataHash: dataHash, seconds: seconds, fits: [],
      descent: ledger.descent)
    tensors = []
    for (number, fit) in ledger.fits.sorted(by: { $0.key < $1.key }) {
      var record = fit.record
      // The call says it again.
      record.settings.start = .kMeans
      state.fits.append(
        State.Fit(number: number, name: fit.mixture.description.name, record: record))
      tensors += MixtureParameters(
        exactly: fit.mixture.description, kind: record.settings.covariance
      ).tensors("fit.\(number).")
    }
    guard let (number, progress) = ledger.running, let current = progress.current else { return }
    state.running = State.Running(
      number: number, covariance: current.parameters.kind, best: progress.best?.position,
      logLikelihoods: progress.logLikelihoods, collapses: progress.collapses,
      current: current.position)
    tensors += current.parameters.tensors("running.current.")
    tensors += progress.best?.parameters.tensors("running.best.") ?? []
  }
}

extension MixtureLedger {
  /// What a checkpoint holds.
  ///
  /// - Throws: ``TrainingError`` if it is damaged.
  public convenience init(_ checkpoint: MixtureCheckpoint) throws(TrainingError) {
    let names = Dictionary(
      checkpoint.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func parameters(
      _ prefix: String, _ kind: CovarianceKind
    ) throws(TrainingError) -> MixtureParameters {
      guard
        let parameters = MixtureParameters(
          weights: names[prefix + "weights"], means: names[prefix + "means"],
          covariances: names[prefix + "covariances"], kind: kind)
      else { throw .checkpoint(reason: "the numbers \"\(prefix)…\" are absent or damaged.") }
      return parameters
    }
    var fits: [Int: MixtureFit] = [:]
    for saved in checkpoint.state.fits {
      let found = try parameters("fit.\(saved.number).", saved.record.settings.covariance)
      do throws(MixtureError) {
        fits[saved.number] = MixtureFit(
          mixture: try GaussianMixture(found.description(name: saved.name)), record: saved.record)
      } catch {
        throw .checkpoint(reason: "mixture \(saved.number): \(error.description)")
      }
    }
    var running: (Int, MixtureProgress)?
    if let saved = checkpoint.state.running {
      var best: MixtureRun.State?
      if let position = saved.best {
        best = MixtureRun.State(
          parameters: try parameters("running.best.", saved.covariance), position: position)
      }
      running = (
        saved.number,
        MixtureProgress(
          best: best, logLikelihoods: saved.logLikelihoods, collapses: saved.collapses,
          current: MixtureRun.State(
            parameters: try parameters("running.current.", saved.covariance),
            position: saved.current))
      )
    }
    self.init(fits: fits, running: running, descent: checkpoint.state.descent)
  }
}

extension MixtureParameters {
  /// The numbers, bit for bit.
  fileprivate func tensors(_ prefix: String) -> [Tensor] {
    [
      Tensor(name: prefix + "weights", shape: [count], elements: .double(weights)),
      Tensor(name: prefix + "means", shape: [count, dimension], elements: .double(means)),
      Tensor(
        name: prefix + "covariances", shape: [covariances.count], elements: .double(covariances)),
    ]
  }

  /// The parameters of three tensors; `nil` unless they fit each other and are finite.
  fileprivate init?(
    weights: Tensor?, means: Tensor?, covariances: Tensor?, kind: CovarianceKind
  ) {
    guard let means, means.shape.count == 2, means.shape[1] > 0, means.shape[0] > 0,
      case .double(let weightNumbers)? = weights?.elements,
      case .double(let meanNumbers) = means.elements,
      case .double(let covarianceNumbers)? = covariances?.elements
    else { return nil }
    let d = means.shape[1]
    let size = Self.covarianceSize(kind, dimension: d)
    guard weightNumbers.count == means.shape[0],
      covarianceNumbers.count == (kind.isTied ? 1 : weightNumbers.count) * size,
      (weightNumbers + meanNumbers + covarianceNumbers).allSatisfy(\.isFinite)
    else { return nil }
    self.init(
      kind: kind, dimension: d, weights: weightNumbers, means: meanNumbers,
      covariances: covarianceNumbers)
  }
}
