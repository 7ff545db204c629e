/// What random numbers are for: a part of the counter, so purposes are independent.
public enum NoisePurpose: UInt32, Sendable, CaseIterable {
  /// The points at the horizon.
  case initial = 1
  /// The noise of predictor steps.
  case predictor = 2
  /// The noise of corrector steps.
  case corrector = 3
  /// Exact draws from a target: the component.
  case targetComponent = 4
  /// Exact draws from a target: the coordinates.
  case targetCoordinates = 5
  /// Noise added to data in denoising score matching.
  case trainingNoise = 6
  /// Noise levels in denoising score matching.
  case trainingLevels = 7
  /// The order in which data rows are visited.
  case trainingOrder = 8
  /// The initial weights of a network.
  case weights = 9
  /// The split of a table into training and validation rows.
  case split = 10
  /// Noise of the held-out loss.
  case validation = 11
  /// Random projections and resampling of metrics.
  case metric = 12
  /// Dequantisation and other draws of a table's encoding.
  case encoding = 13
  /// Times that a method chooses at random.
  case methodChoice = 15
  /// Acceptance of proposals.
  case acceptance = 16
  /// All random numbers of a row of discrete states.
  case discreteStates = 30
  /// Exact draws of discrete states from a target.
  case discreteTarget = 31
  /// The velocities of phase space at the horizon.
  case initialVelocity = 32
  /// The first part of a step's noise in phase space.
  case phaseFirst = 33
  /// The second part of a step's noise in phase space.
  case phaseSecond = 34
  /// The noise of measured statistics of a score.
  case statisticsNoise = 80
  /// The directions along which measured statistics of a score differentiate.
  case statisticsDirections = 81
  /// The points of a pilot run at the horizon.
  case pilotStart = 50
  /// The points of the crude pass of a pilot run.
  case pilotCrude = 51
  /// The points between which a pilot run looks for boundaries of basins.
  case pilotEdges = 52
  /// The starts of the exact chains of a pilot run.
  case pilotChainStart = 53
  /// The noise of the exact chains of a pilot run.
  case pilotChainNoise = 54
  /// The points from which a pilot run learns the moments of the data.
  case pilotMoments = 55
  /// The noise of forward paths along which a law is measured.
  case pathNoise = 60
  /// The noise of a model's loss on data, for a budget.
  case budgetNoise = 61
  /// The directions by which a trace is estimated.
  case traceProbes = 70
  /// The noise of the levels of a variational bound.
  case variationalNoise = 71
  /// The noise that makes points of data points of a density.
  case dequantisation = 72
  /// Which rows a comparison of learners keeps out.
  case comparisonSplit = 98
  /// Which rows judge the number of components of a mixture.
  case mixtureSplit = 99
  /// Tests only.
  case test = 14
  /// The choices of a start of a learned mixture: centres among points.
  case mixtureStart = 90
  /// The rows among which a start of a learned mixture looks.
  case mixtureRows = 91
  /// The component of which a missing cell is drawn.
  case imputationComponent = 95
  /// The coordinates of missing cells.
  case imputationCoordinates = 96
  /// The random starts of descent on mixtures.
  case descentStart = 100
  /// The noise of the points that piecewise polynomials are fitted to.
  case polynomialNoise = 86
  /// The noise of the points whose posterior means are covered by cells.
  case polynomialWarmStart = 87
}
