import OrnsteinDiffusion
import RealModule

/// Times that an optimal grid may consist of.
public enum CandidateTimes {
  /// Equal steps of log(alpha / sigma) between two canonical times, which are the ends to the last bit.
  ///
  /// - Parameters:
  ///   - count: The number of times, two or more.
  ///   - low: The stop, above 0.
  ///   - high: The horizon.
  public static func evenInLogSNR(_ count: Int, from low: Double, to high: Double) -> [Double] {
    let (first, last) = (StepEnd(low).logSNR, StepEnd(high).logSNR)
    let times = (0..<count).map { index in
      let place = first + (last - first) * Double(index) / Double(count - 1)
      return place < 0
        ? .log(onePlus: .exp(2 * place)) / 2 - place : Double.log(onePlus: .exp(-2 * place)) / 2
    }
    return [low] + times.dropFirst().dropLast() + [high]
  }

  /// The times of all lists between the ends of the first, ascending, each once.
  ///
  /// - Parameters:
  ///   - lists: Ascending times.
  ///   - separation: Times closer than this, relative to themselves, count as one, but for the ends.
  public static func union(_ lists: [[Double]], separation: Double = 0) -> [Double] {
    guard let first = lists.first, let low = first.first, let high = first.last else { return [] }
    var result: [Double] = [low]
    for time in lists.joined().sorted() where time > low && time < high {
      if time > result[result.count - 1] * (1 + separation) { result.append(time) }
    }
    if result.count > 1, high <= result[result.count - 1] * (1 + separation) {
      result.removeLast()
    }
    return result + [high]
  }
}
