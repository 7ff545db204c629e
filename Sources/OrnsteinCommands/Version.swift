/// The version of the library and the command.
enum Version {
  static let current = "0.1.0"
}
