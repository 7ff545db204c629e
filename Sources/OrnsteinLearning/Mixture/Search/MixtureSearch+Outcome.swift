import OrnsteinDiffusion
import OrnsteinNumerics

extension MixtureSearch {
  /// A mixture of the weighted mean that a search ends with.
  public struct Member: Sendable {
    /// What it was tried as.
    public let trial: Trial
    /// Its weight; those of all members sum to 1.
    public let weight: Double
    /// The most likely mixture, and how it came about.
    public internal(set) var fit: MixtureFit
  }

  /// What was found.
  public struct Outcome: Sendable {
    /// The mixture: the weighted mean of all members, with the covariances that predict best, which are
    /// a little wider than the most likely ones: for full covariances by (n + 1) / (n - d - 2), with n
    /// the rows of a component (Aitchison 1975, Biometrika 62).
    public let mixture: GaussianMixture<Double>
    /// The mixtures it consists of, the winner first; mostly that alone.
    public let members: [Member]
    /// How much higher the log-density of a row kept out is under the mean than under the winner alone; `nil` for a single mixture.
    public let gain: LogDensityGain?
    /// All trials, in their order.
    public let trials: [Trial]

    init(members: [Member], gain: LogDensityGain?, trials: [Trial]) throws(MixtureError) {
      self.members = members
      self.gain = gain
      self.trials = trials
      var mean = members[0].fit.mixture.description
      mean.components = []
      for member in members {
        mean.components += try PredictiveCovariance.mixture(of: member.fit).description.components
          .map { component in
            var component = component
            component.weight *= member.weight
            return component
          }
      }
      mixture = try GaussianMixture(mean)
    }

    init(_ stack: MixtureStack, trials: [JudgedMixture]) throws(MixtureError) {
      try self.init(
        members: zip(stack.members, stack.weights).map {
          Member(trial: trials[$0].trial, weight: $1, fit: trials[$0].fit)
        }, gain: stack.gain, trials: trials.map(\.trial))
    }

    /// The trial that won.
    public var winner: Trial { members[0].trial }
    /// How the mixture of that trial came about.
    public var record: MixtureRecord { members[0].fit.record }

    /// What a user should know, a sentence each.
    public var remarks: [String] {
      var remarks = [
        "\(winner.components) component\(winner.components == 1 ? "" : "s") with "
          + "\(winner.covariance.rawValue) covariance, the best of \(trials.count) tried."
      ]
      if members.count > 1, let gain {
        let others = members.dropFirst().map {
          "\($0.trial.components) × \($0.trial.covariance.rawValue)"
        }
        let error = gain.standardError.rounded(toSignificantDigits: 1)
        remarks.append(
          "With it in a weighted mean: \(others.joined(separator: ", ")), better by "
            + "\(gain.mean.rounded(toSignificantDigits: 2)) ± \(error) nats a row on rows kept out."
        )
      }
      if !members.allSatisfy(\.fit.record.isConverged) {
        remarks.append(
          "The last fit did not converge within \(record.settings.iterationLimit) iterations.")
      }
      let collapses = members.flatMap(\.fit.record.collapses)
      if let collapse = collapses.first {
        remarks.append("\(collapses.count) collapsed components, the first: \(collapse)")
      }
      return remarks
    }
  }
}
