import Ornstein

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where an interrupted fit lies: beside the model that it will become.
struct CheckpointFile {
  let path: String

  init(model: String) { path = model + ".checkpoint" }

  var exists: Bool { access(path, F_OK) == 0 }

  func remove() { unlink(path) }

  /// What a user is told who resumes where nothing was interrupted.
  var absence: String {
    "There is no checkpoint \"\(path)\": starting from the beginning."
  }

  /// Refuses to begin anew over an interrupted fit.
  func refuse() throws(CommandFailure) {
    guard exists else { return }
    throw CommandFailure(
      .badUsage,
      "\"\(path)\" holds an interrupted fit: add --resume to go on, or remove the file to start anew."
    )
  }

  /// Refuses an option that contradicts an interrupted fit.
  static func check<Value: Equatable>(
    _ option: String, _ given: Value?, against saved: Value?
  ) throws(CommandFailure) {
    if let given, given != saved {
      throw CommandFailure(
        .badUsage,
        "\(option) is \(given), but the interrupted fit has \(saved.map { "\($0)" } ?? "none"); leave it out to go on."
      )
    }
  }
}
