import OrnsteinDiffusion
import OrnsteinNumerics

/// A score as named numbers and back, bit for bit.
///
/// With J levels, `polynomial.mean` (n), `polynomial.covariance` (n, n), `polynomial.base-variance` (1),
/// `polynomial.added-variances` (J), and for each level j of k cells `polynomial.level.j.centres` and
/// `.origins` (k, n), `.degrees` and `.ranks` (k, integers), `.radii` (k, 2: of points and of
/// means), `.axes` (all axes, n) and `.coefficients` (all polynomials, n), cell after cell.
extension PiecewisePolynomialScore {
  /// All numbers of the score.
  public var tensors: [Tensor] {
    let n = dimension
    func tensor(_ name: String, _ shape: [Int], _ values: [Double]) -> Tensor {
      Tensor(name: "polynomial." + name, shape: shape, elements: .double(values))
    }
    var tensors = [
      tensor("mean", [n], moments.mean),
      tensor("covariance", [n, n], moments.covariance),
      tensor("base-variance", [1], [baseVariance]),
      tensor("added-variances", [levels.count], levels.map(\.addedVariance)),
    ]
    for (index, level) in levels.enumerated() {
      let cells = level.cells
      let prefix = "level.\(index)."
      let axes = cells.flatMap(\.axes)
      let coefficients = cells.flatMap(\.coefficients)
      tensors += [
        tensor(prefix + "centres", [cells.count, n], cells.flatMap(\.centre)),
        tensor(prefix + "origins", [cells.count, n], cells.flatMap(\.origin)),
        Tensor(
          name: "polynomial." + prefix + "degrees", shape: [cells.count],
          elements: .integer(cells.map { Int64($0.degree) })),
        Tensor(
          name: "polynomial." + prefix + "ranks", shape: [cells.count],
          elements: .integer(cells.map { Int64($0.rank) })),
        tensor(
          prefix + "radii", [cells.count, 2], cells.flatMap { [$0.pointRadius, $0.meanRadius] }),
        tensor(prefix + "axes", [axes.count / n, n], axes),
        tensor(prefix + "coefficients", [coefficients.count / n, n], coefficients),
      ]
    }
    return tensors
  }

  /// A score from its numbers; tensors whose names do not begin with `polynomial.` are passed over.
  ///
  /// - Throws: ``PolynomialError`` if a tensor is missing or of another shape or type, or the numbers do not make a score.
  public init(tensors: [Tensor]) throws(PolynomialError) {
    let reader = PolynomialTensors(tensors)
    let mean = try reader.numbers("mean")
    let n = mean.count
    guard n >= 1 else { throw .parts(reason: "the mean has no coordinate.") }
    let covariance = try reader.numbers("covariance", count: n * n)
    let baseVariance = try reader.numbers("base-variance", count: 1)[0]
    var levels: [(addedVariance: Double, cells: [PolynomialCell])] = []
    for (index, addedVariance) in try reader.numbers("added-variances").enumerated() {
      levels.append((addedVariance, try reader.cells("level.\(index).", dimension: n)))
    }
    try self.init(
      moments: DataMoments(mean: mean, covariance: covariance), baseVariance: baseVariance,
      levels: levels)
  }
}

/// Reads the tensors of a score.
private struct PolynomialTensors {
  private var named: [String: Tensor] = [:]

  init(_ tensors: [Tensor]) { for tensor in tensors { named[tensor.name] = tensor } }

  private func tensor(_ name: String) throws(PolynomialError) -> Tensor {
    guard let tensor = named["polynomial." + name] else {
      throw .missingTensor(name: "polynomial." + name)
    }
    return tensor
  }

  func numbers(_ name: String, count: Int? = nil) throws(PolynomialError) -> [Double] {
    guard case .double(let values) = try tensor(name).elements else {
      throw .tensor(name: "polynomial." + name, reason: "does not hold 64-bit numbers")
    }
    if let count, values.count != count {
      throw .tensor(
        name: "polynomial." + name, reason: "holds \(values.count) numbers, not \(count)")
    }
    return values
  }

  func integers(_ name: String, count: Int) throws(PolynomialError) -> [Int] {
    guard case .integer(let values) = try tensor(name).elements, values.count == count,
      values.allSatisfy({ (0...4096).contains($0) })
    else {
      throw .tensor(
        name: "polynomial." + name, reason: "does not hold \(count) integers from 0 to 4096")
    }
    return values.map { Int($0) }
  }

  func cells(_ prefix: String, dimension n: Int) throws(PolynomialError) -> [PolynomialCell] {
    let centres = try numbers(prefix + "centres")
    guard centres.count.isMultiple(of: n) else {
      throw .tensor(name: "polynomial." + prefix + "centres", reason: "is not of dimension \(n)")
    }
    let count = centres.count / n
    let origins = try numbers(prefix + "origins", count: count * n)
    let degrees = try integers(prefix + "degrees", count: count)
    let ranks = try integers(prefix + "ranks", count: count)
    let radii = try numbers(prefix + "radii", count: 2 * count)
    let axes = try numbers(prefix + "axes", count: n * ranks.reduce(0, +))
    let coefficients = try numbers(prefix + "coefficients")
    var (axis, coefficient) = (0, 0)
    var cells: [PolynomialCell] = []
    for index in 0..<count {
      let functions = HermiteBasis.count(dimension: ranks[index], degree: degrees[index])
      let (size, overflow) = (functions ?? .max).multipliedReportingOverflow(by: n)
      guard !overflow, size <= coefficients.count - coefficient else {
        throw .tensor(
          name: "polynomial." + prefix + "coefficients", reason: "ends before cell \(index)")
      }
      let rows = index * n..<(index + 1) * n
      cells.append(
        PolynomialCell(
          centre: Array(centres[rows]), origin: Array(origins[rows]),
          axes: Array(axes[axis..<axis + ranks[index] * n]), degree: degrees[index],
          coefficients: Array(coefficients[coefficient..<coefficient + size]),
          pointRadius: radii[2 * index], meanRadius: radii[2 * index + 1]))
      axis += ranks[index] * n
      coefficient += size
    }
    guard coefficient == coefficients.count else {
      throw .tensor(
        name: "polynomial." + prefix + "coefficients", reason: "goes on after the last cell")
    }
    return cells
  }
}
