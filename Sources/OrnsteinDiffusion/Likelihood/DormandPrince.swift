/// The Runge-Kutta pair of orders 5 and 4 with seven stages, the last of which is the first of the next
/// step.
///
/// - Source: Dormand, Prince, J. Comput. Appl. Math. 6 (1980) 19, table 2.
enum DormandPrince {
  /// The places of the stages within the step.
  static let nodes: [Double] = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1]

  /// The weights of the stages before each stage; the last row is the step of order 5.
  static let weights: [[Double]] = [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ]

  /// The step of order 5 less that of order 4.
  static let error: [Double] = [
    71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40,
  ]
}
