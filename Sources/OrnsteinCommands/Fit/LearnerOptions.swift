import ArgumentParser
import Ornstein

/// What learns, and the options of learners other than networks.
struct LearnerOptions: ParsableArguments {
  /// The learners by name; `auto` is all of them.
  enum Name: String, CaseIterable {
    case network, mixture, polynomial, kernel, auto
  }

  @Option(
    name: .long,
    help: """
      What learns: network (score matching), mixture (of normal laws), polynomial (on cells), kernel \
      (the rows with noise), or auto: all of them, of which the best on rows kept out is written. (default: network, with \
      --compare auto)
      """)
  var learner: String?

  /// How a mixture is learned.
  enum Method: String, CaseIterable {
    case em, descent
  }

  @Option(
    name: .long,
    help: """
      mixture: em (expectation-maximisation) or descent (gradient descent on the denoising objective; \
      all components have one variance, and --components one number). (default: em)
      """)
  var method: String?

  @Option(
    name: .long,
    help: """
      mixture: the number of components, as 8, 2-12 or 4,8,16. (default: more and more, while it helps)
      """)
  var components: String?

  @Option(
    name: .long,
    help: """
      mixture: the forms of covariances to try, of \
      \(CovarianceKind.allCases.map(\.rawValue).joined(separator: ", ")). (default: all)
      """)
  var covariance: String?

  @Option(
    name: .long,
    help: """
      mixture: what decides on components and covariances: \
      \(MixtureSearch.Goal.allCases.map(\.rawValue).joined(separator: ", ")). (default: held-out \
      from 4000 rows, else bic)
      """)
  var chooseBy: String?

  /// Where expectation-maximisation begins.
  enum Start: String, CaseIterable {
    case kMeans = "k-means"
    case kMeansPlusPlus = "k-means++"
    case spectral

    var value: MixtureStart {
      switch self {
      case .kMeans: .kMeans
      case .kMeansPlusPlus: .kMeansPlusPlus
      case .spectral: .spectral
      }
    }
  }

  @Option(
    name: .long,
    help: """
      mixture: where each fit begins: \(Start.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: k-means)
      """)
  var start: String?

  @Option(name: .long, help: "mixture: how often each fit begins anew. (default: 2)")
  var restarts: Int?

  @Option(
    name: .long,
    help: """
      mixture: the most mixtures whose weighted mean is taken where that is better on held-out rows; 1 \
      for a single one. Means nothing below 4000 rows unless --choose-by is held-out. (default: 6)
      """)
  var members: Int?

  @Option(
    name: .long,
    help: """
      mixture: the column that says how much each row counts, numbers of 0 or more; it is not learned. \
      (default: all rows alike)
      """)
  var weights: String?

  @Option(
    name: .long, help: "polynomial: the highest degree that is tried. (default: 16)")
  var degree: Int?

  @Option(
    name: .long,
    help: """
      polynomial: the variance of the noise that the data have of themselves, 0 or more. (default: \
      estimated)
      """)
  var baseVariance: Double?

  @Option(
    name: .long,
    help: """
      kernel: the deviation of the noise, in deviations of the columns. (default: the most likely)
      """)
  var bandwidth: Double?

  /// The name, once options that mean nothing for it are refused.
  ///
  /// - Parameter usual: The learner where none is named.
  func nameChecked(usual: Name) throws(CommandFailure) -> Name {
    let name: Name =
      try learner.map { text throws(CommandFailure) in
        try choice(text, "--learner")
      } ?? usual
    let ofMixture: [(String, Bool)] = [
      ("--method", method != nil), ("--weights", weights != nil),
      ("--components", components != nil),
      ("--covariance", covariance != nil),
      ("--choose-by", chooseBy != nil), ("--restarts", restarts != nil),
      ("--members", members != nil), ("--start", start != nil),
    ]
    let ofKernel: [(String, Bool)] = [("--bandwidth", bandwidth != nil)]
    let ofPolynomial: [(String, Bool)] = [
      ("--degree", degree != nil), ("--base-variance", baseVariance != nil),
    ]
    let refused: [(String, Bool)] =
      switch name {
      case .network: ofMixture + ofPolynomial + ofKernel
      case .mixture: ofPolynomial + ofKernel
      case .polynomial: ofMixture + ofKernel
      case .kernel: ofMixture + ofPolynomial
      case .auto: []
      }
    if let option = refused.first(where: \.1) {
      throw CommandFailure(
        .badUsage, "\(option.0) means nothing for --learner \(name.rawValue); leave it out.")
    }
    return name
  }

  /// The learners of a name; `auto` is all of them, descent if the number of components is given.
  func learners(_ name: Name, _ training: TrainingOptions) throws(CommandFailure) -> [Learner] {
    switch name {
    case .network: return [try training.learner()]
    case .mixture:
      return switch try mixture() {
      case .search(let search): [.mixture(search)]
      case .descent(let descent): [.descent(descent)]
      }
    case .polynomial: return [polynomial]
    case .kernel: return [kernel]
    case .auto:
      guard method == nil else {
        throw CommandFailure(
          .badUsage, "--method means nothing for --learner auto; leave it out.")
      }
      var learners: [Learner] = [
        try training.learner(), .mixture(try search()), polynomial, kernel,
      ]
      if let components, try counts(components).count == 1 {
        learners.append(.descent(try descent()))
      }
      return learners
    }
  }

  /// What learns a mixture.
  func mixture() throws(CommandFailure) -> MixtureCheckpoint.Learner {
    try methodGiven == .descent ? .descent(try descent()) : .search(try search())
  }

  private var methodGiven: Method? {
    get throws(CommandFailure) {
      try method.map { text throws(CommandFailure) in try choice(text, "--method") }
    }
  }

  /// Refuses options that contradict those of an interrupted fit.
  func check(against saved: MixtureCheckpoint.Learner) throws(CommandFailure) {
    func same(_ option: String, _ isGiven: Bool, _ isSame: Bool) throws(CommandFailure) {
      guard isGiven, !isSame else { return }
      throw CommandFailure(
        .badUsage,
        "\(option) is not what the interrupted fit was begun with; leave it out to go on.")
    }
    switch saved {
    case .search(let saved):
      try same("--method", method != nil, try methodGiven == .em)
      let given = try search()
      try same("--components", components != nil, given.components == saved.components)
      try same("--covariance", covariance != nil, given.covariances == saved.covariances)
      try same("--choose-by", chooseBy != nil, given.goal == saved.goal)
      try same("--start", start != nil, given.settings.start == saved.settings.start)
      try same("--restarts", restarts != nil, given.settings.restarts == saved.settings.restarts)
      try same("--members", members != nil, given.memberLimit == saved.memberLimit)
    case .descent(let saved):
      try same("--method", method != nil, try methodGiven == .descent)
      let others = [
        ("--covariance", covariance), ("--choose-by", chooseBy), ("--start", start),
      ]
      for (option, text) in others { try same(option, text != nil, false) }
      try same("--restarts", restarts != nil, false)
      try same("--members", members != nil, false)
      if let components {
        try same("--components", true, try counts(components) == [saved.components])
      }
    }
  }

  private var polynomial: Learner {
    var settings = PolynomialSettings(
      baseVariance: baseVariance.map { .known($0) } ?? .estimated)
    if let degree { settings.maximumDegree = degree }
    return .polynomial(settings)
  }

  private var kernel: Learner { .kernel(KernelSettings(bandwidth: bandwidth)) }

  private func descent() throws(CommandFailure) -> ScoreMatchingDescent {
    guard let components, let count = try counts(components).first,
      try counts(components).count == 1
    else {
      throw CommandFailure(
        .badUsage, "--method descent needs one number of components; give --components.")
    }
    let refused = [
      ("--covariance", covariance != nil), ("--choose-by", chooseBy != nil),
      ("--restarts", restarts != nil), ("--members", members != nil),
      ("--start", start != nil),
    ]
    if method != nil, weights != nil {
      throw CommandFailure(
        .badUsage, "--weights means nothing for --method descent; leave it out.")
    }
    if method != nil, let option = refused.first(where: \.1) {
      throw CommandFailure(
        .badUsage, "\(option.0) means nothing for --method descent; leave it out.")
    }
    return ScoreMatchingDescent(components: count, variance: .estimated)
  }

  private func search() throws(CommandFailure) -> MixtureSearch {
    var search = MixtureSearch()
    if let components { search.components = try counts(components) }
    if let covariance {
      var kinds: [CovarianceKind] = []
      for name in covariance.split(separator: ",") {
        kinds.append(
          try choice(name.trimmingPrefix(" ").description, "--covariance"))
      }
      guard !kinds.isEmpty else {
        throw CommandFailure(.badUsage, "--covariance is empty; leave it out to try all forms.")
      }
      search.covariances = kinds
    }
    if let chooseBy { search.goal = try choice(chooseBy, "--choose-by") }
    if let restarts {
      guard (1...1000).contains(restarts) else {
        throw CommandFailure(
          .badUsage, "--restarts is \(restarts); it must be between 1 and 1000.")
      }
      search.settings.restarts = restarts
    }
    if let start {
      let named: Start = try choice(start, "--start")
      search.settings.start = named.value
    }
    if let members {
      if components != nil || search.goal == .bayesianInformation {
        throw CommandFailure(
          .badUsage,
          "--members means nothing with \(components != nil ? "--components" : "--choose-by bic"), "
            + "which makes a single mixture; leave it out.")
      }
      guard (1...100).contains(members) else {
        throw CommandFailure(
          .badUsage, "--members is \(members); it must be between 1 and 100.")
      }
      search.memberLimit = members
    }
    return search
  }

  private func counts(_ text: String) throws(CommandFailure) -> [Int] {
    var counts: [Int] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", maxSplits: 1).map {
        Int($0.trimmingPrefix(" ").description)
      }
      guard let low = ends.first ?? nil, let high = ends.last ?? nil, low >= 1, low <= high,
        high <= 10_000
      else { throw invalid(text) }
      counts += Array(low...high)
    }
    guard !counts.isEmpty else { throw invalid(text) }
    return counts
  }

  private func invalid(_ text: String) -> CommandFailure {
    CommandFailure(
      .badUsage,
      "--components is \"\(text)\"; give whole numbers from 1, as 8, 2-12 or 4,8,16.")
  }
}
