import OrnsteinNumerics
import Synchronization

/// The tables of the levels that were asked for lately: a sampler comes back to the same levels with
/// every chunk of points.
final class MixtureTableShelf<Scalar: BatchScalar>: Sendable {
  /// What all tables may take together, in bytes.
  static var capacity: Int { 1 << 26 }

  private struct Contents {
    var tables: [NoiseLevel: MixtureTables<Scalar>] = [:]
    var size = 0
  }

  private let contents = Mutex(Contents())

  /// The tables at a level, made by `make` unless they are there.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func tables(
    at level: NoiseLevel, make: () -> MixtureTables<Scalar>
  ) -> MixtureTables<Scalar> {
    if let tables = contents.withLock({ $0.tables[level] }) { return tables }
    let tables = make()
    contents.withLock { contents in
      if contents.size + tables.size > Self.capacity { contents = Contents() }
      guard tables.size <= Self.capacity, contents.tables[level] == nil else { return }
      contents.tables[level] = tables
      contents.size += tables.size
    }
    return tables
  }
}
