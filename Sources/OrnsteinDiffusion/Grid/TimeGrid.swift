/// The times of a sampling run, strictly decreasing from the horizon to the stop time.
///
/// A grid of N + 1 times has N steps.
public struct TimeGrid: Sendable, Hashable {
  /// The times, first the horizon, last the stop time.
  public let times: [Double]

  /// A grid of given times.
  ///
  /// - Throws: ``GridError`` unless there are at least two finite times, none negative, each below
  ///   the one before it.
  public init(times: [Double]) throws(GridError) {
    guard times.count >= 2 else { throw .tooFewTimes(times.count) }
    for (index, time) in times.enumerated() {
      guard time.isFinite, time >= 0 else { throw .invalidTime(index: index, time: time) }
      guard index == 0 || time < times[index - 1] else {
        throw .notDecreasing(index: index, time: time, previous: times[index - 1])
      }
    }
    self.times = times
  }

  /// The number of steps.
  public var steps: Int { times.count - 1 }

  /// The first and largest time.
  public var horizon: Double { times[0] }

  /// The last and smallest time.
  public var stop: Double { times[times.count - 1] }

  /// The noise level of each time under a process.
  public func levels(of process: any ForwardProcess) -> [NoiseLevel] {
    times.map { process.level(at: $0) }
  }
}

extension TimeGrid: Codable {
  /// Reads a list of times and checks it.
  public init(from decoder: any Decoder) throws {
    try self.init(times: [Double](from: decoder))
  }

  /// Writes the list of times.
  public func encode(to encoder: any Encoder) throws { try times.encode(to: encoder) }
}
