import OrnsteinDiffusion
import OrnsteinNumerics

/// What has been learned on the way to a mixture: every mixture that a search has tried, and where the one
/// stands that it works on.
///
/// A search that is repeated with the ledger of one that was interrupted takes from it what is there, and
/// ends with the same bits. A ledger is for one search and what follows it, in one order of calls.
public final class MixtureLedger {
  /// Each mixture that was learned, by the number of the call.
  private(set) var fits: [Int: MixtureFit] = [:]
  /// What is being learned.
  private(set) var running: (number: Int, progress: MixtureProgress)?
  /// Where gradient descent stands.
  var descent: DescentProgress?
  private var calls = 0

  /// A ledger of nothing.
  public init() {}

  init(
    fits: [Int: MixtureFit], running: (number: Int, progress: MixtureProgress)?,
    descent: DescentProgress?
  ) {
    self.fits = fits
    self.running = running
    self.descent = descent
  }

  /// How many mixtures have been learned.
  public var count: Int { fits.count }

  /// What `settings` make of rows: taken from the ledger, or learned from where that was interrupted.
  func fit(
    _ settings: ExpectationMaximizationSettings, _ points: Batch<Double>, _ weights: [Double]?,
    key: NoiseKey, threads: Int, _ events: (MixtureEvent) -> Bool
  ) throws(ExpectationMaximizationError) -> MixtureFit {
    let number = calls
    calls += 1
    if var fit = fits[number], fit.mixture.description.components.count == settings.components,
      fit.record.settings.covariance == settings.covariance
    {
      fit.record.settings = settings
      return fit
    }
    let begun = running.flatMap { $0.number == number ? $0.progress : nil }
    let fit = try ExpectationMaximization(settings).fit(
      points, weights: weights, key: key, threads: threads, from: begun
    ) { event, progress in
      running = (number, progress)
      return events(event)
    }
    if fit.record.finish != .stopped {
      fits[number] = fit
      running = nil
    }
    return fit
  }
}
