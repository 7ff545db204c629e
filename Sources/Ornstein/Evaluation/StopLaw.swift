import OrnsteinDiffusion
import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The law that the points of a plan should have: that of the process at the stop time, scaled back or
/// not, rather than that of the data.
public struct StopLaw: Sendable, Hashable {
  /// alpha and sigma of the law.
  public let level: NoiseLevel

  /// The law at a time of a process.
  ///
  /// - Parameters:
  ///   - process: The process.
  ///   - time: The stop time.
  ///   - isRescaled: Whether points are divided by alpha.
  /// - Throws: ``/OrnsteinDiffusion/ProcessError`` if the process cannot have its parameters, or
  ///   ``StopLawError`` if it has no such time.
  public init(process: ProcessSpecification, time: Double, isRescaled: Bool) throws {
    let process = try process.make()
    guard process.timeRange.contains(time) else {
      throw StopLawError(
        reason: "The time \(time) is outside of the times of the process, "
          + "\(process.timeRange.lowerBound) to \(process.timeRange.upperBound).")
    }
    try self.init(process.level(at: time), isRescaled: isRescaled)
  }

  private init(_ level: NoiseLevel, isRescaled: Bool) throws(StopLawError) {
    guard level.alpha > 0 else {
      throw StopLawError(reason: "At the time \(level.time) nothing of the data is left.")
    }
    self.level =
      isRescaled
      ? NoiseLevel(time: level.time, alpha: 1, sigma: level.sigma / level.alpha) : level
  }

  /// The law at the stop of a plan, as it finishes its points.
  ///
  /// - Throws: ``StopLawError`` if the plan denoises its last points, which then have no law that is
  ///   known; or the errors of ``/OrnsteinDiffusion/SamplingPlan/levels()``.
  public init(of plan: SamplingPlan) throws {
    guard plan.finish == .none || plan.finish == .rescale else {
      throw StopLawError(
        reason:
          "The points were finished by \"\(plan.finish.rawValue)\", after which they do not have "
          + "the law of the stop time; compare them with the target itself.")
    }
    guard let last = try plan.levels().last else {
      throw StopLawError(reason: "The plan has no noise level.")
    }
    try self.init(last, isRescaled: plan.finish == .rescale)
  }

  /// The law of samples by the record that `sample` wrote beside them, `FILE.json`.
  ///
  /// - Parameter path: The file of the samples.
  /// - Throws: ``StopLawError`` if there is no record or it holds no plan.
  public init(besideSamples path: String) throws {
    struct Record: Decodable { var plan: SamplingPlan }
    let file = path + ".json"
    let bytes: [UInt8]
    do {
      bytes = try [UInt8](contentsOfFile: file)
    } catch {
      throw StopLawError(
        reason:
          "\"\(file)\", the record of how the samples were drawn, cannot be read; say the law "
          + "with --process and --stop.")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let plan: SamplingPlan
    do {
      plan = try decoder.decode(Record.self, from: Data(bytes)).plan
    } catch {
      throw StopLawError(
        reason:
          "\"\(file)\" holds no plan of a process with independent noise (\(decodingReason(error))"
          + "); say the law with --process and --stop.")
    }
    try self.init(of: plan)
  }
}

/// Why there is no law at a stop time.
public struct StopLawError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One sentence that says what is wrong and what to do.
  public var reason: String

  /// The reason.
  public var description: String { reason }
}
