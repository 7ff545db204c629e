import OrnsteinDiffusion
import RealModule
import Testing

/// Options of grids by name.
@Suite struct GridParameterTests {
  static let canonical = OrnsteinUhlenbeck.canonical

  @Test func namesSetWhatTheyName() throws {
    var grid = GridSpecification(.li, steps: 60)
    try grid.set(["c0": 1.5, "c1": 3])
    #expect(grid == GridSpecification(.li, steps: 60, c0: 1.5, c1: 3))
    #expect(grid.options == ["c0": 1.5, "c1": 3])
    try grid.set(["c1": 5])
    #expect(grid.options == ["c0": 1.5, "c1": 5])
    var karras = GridSpecification(.karras, steps: 9)
    try karras.set(["rho": 3])
    #expect(karras == GridSpecification(.karras, steps: 9, exponent: 3))
    var constant = GridSpecification(.exponentialThenConstant, steps: 9)
    try constant.set(["floor": 0.2])
    #expect(constant == GridSpecification(.exponentialThenConstant, steps: 9, floor: 0.2))
  }

  /// An option at its usual value changes nothing, and at another value it changes the times.
  @Test(arguments: GridKind.catalogue)
  func usualValuesAreThoseOfAGridWithoutOptions(_ kind: GridKind) throws {
    for parameter in kind.parameters {
      let plain = GridSpecification(kind, steps: 80)
      var (usual, other) = (plain, plain)
      try usual.set([parameter.name: parameter.usual])
      try other.set([parameter.name: parameter.usual * 1.25])
      let times = try plain.make(for: Self.canonical).times
      #expect(try usual.make(for: Self.canonical).times == times)
      #expect(try other.make(for: Self.canonical).times != times)
      #expect(!parameter.meaning.isEmpty)
    }
  }

  @Test(arguments: GridKind.catalogue)
  func otherNamesAreRefused(_ kind: GridKind) throws {
    let known = kind.parameters.map(\.name)
    for name in ["rho", "c0", "c1", "floor", "warp"] where !known.contains(name) {
      var grid = GridSpecification(kind, steps: 5)
      #expect(
        throws: GridError.unknownOption(kind: kind.rawValue, option: name, known: known)
      ) { try grid.set([name: 1]) }
    }
  }

  /// The first noise of the chain is T^-c0, and the noise grows at the rate c1 log(T) / T.
  @Test func constantsOfTheChainAreThoseOfThePaper() throws {
    var grid = GridSpecification(.li, steps: 199)
    try grid.set(["c0": 1.2, "c1": 6])
    let times = try grid.make(for: Self.canonical).times
    let keeps = zip(times, times.dropFirst() + [0]).map { Double.exp(-2 * ($0 - $1)) }
    let first = 1 - keeps[199]
    #expect(abs(first / Double.pow(200, -1.2) - 1) < 1e-10)
    let rate = 6 * Double.log(200) / 200
    // The largest noise, once it has stopped growing.
    #expect(abs((1 - keeps[0]) / rate - 1) < 1e-10)
  }
}
