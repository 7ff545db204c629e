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
}
