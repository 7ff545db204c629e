import OrnsteinDiffusion

/// How a mixture is learned by expectation-maximisation.
public struct ExpectationMaximizationSettings: Sendable, Hashable, Codable {
  /// The number of components, 1 or more.
  public var components: Int
  /// The form of the covariances.
  public var covariance: CovarianceKind
  /// Where the iteration begins.
  public var start: MixtureStart
  /// How many times it begins, 1 or more.
  ///
  /// The highest log-likelihood wins. A start that is given is used once.
  public var restarts: Int
  /// What is added to every variance in each maximisation step, 0 or more, in squared units of the
  /// points.
  public var ridge: Double
  /// The iteration ends when the mean log-likelihood of a row changes by less.
  public var tolerance: Double
  /// The most iterations of a restart, 1 or more.
  public var iterationLimit: Int
  /// How many collapsed components of a restart begin anew, 0 or more.
  public var reseedLimit: Int

  /// Settings; the defaults are those of scikit-learn's `GaussianMixture`, except that collapsed
  /// components begin anew.
  public init(
    components: Int, covariance: CovarianceKind = .full, start: MixtureStart = .kMeans,
    restarts: Int = 1, ridge: Double = 1e-6, tolerance: Double = 1e-3, iterationLimit: Int = 100,
    reseedLimit: Int = 10
  ) {
    self.components = components
    self.covariance = covariance
    self.start = start
    self.restarts = restarts
    self.ridge = ridge
    self.tolerance = tolerance
    self.iterationLimit = iterationLimit
    self.reseedLimit = reseedLimit
  }

  func validate() throws(ExpectationMaximizationError) {
    for (name, value) in [
      ("components", components), ("restarts", restarts), ("iterationLimit", iterationLimit),
    ] where value < 1 {
      throw .setting(name: name, value: "\(value)", expected: "1 or more")
    }
    guard reseedLimit >= 0 else {
      throw .setting(name: "reseedLimit", value: "\(reseedLimit)", expected: "0 or more")
    }
    for (name, value) in [("ridge", ridge), ("tolerance", tolerance)]
    where !(value >= 0 && value.isFinite) {
      throw .setting(name: name, value: "\(value)", expected: "a finite number of 0 or more")
    }
  }
}
