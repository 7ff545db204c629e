import Ornstein

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A plan in a file: what `plan` writes, and what lies beside samples.
enum PlanFile {
  private struct Content: Decodable {
    var plan: SamplingPlan
  }

  /// Writes a plan with its budget, whole or not at all.
  static func write(_ answer: PlanAnswer, to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(Array((try JSONText.encode(answer) + "\n").utf8))
    try file.commit()
  }

  /// Reads the plan of a file.
  ///
  /// - Throws: ``CommandFailure`` that names the file, or what keeps it from being read.
  static func plan(in path: String) throws -> SamplingPlan {
    let bytes = try [UInt8](contentsOfFile: path)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(Content.self, from: Data(bytes)).plan
    } catch let error as DecodingError {
      throw CommandFailure(
        .badInput,
        "\"\(path)\" holds no plan: \(decodingReason(error)). 'ornstein plan … -o' writes one.")
    } catch {
      throw CommandFailure(.badInput, "\"\(path)\" holds no plan that can be used: \(error)")
    }
  }
}
