import Foundation
import Ornstein
import TestSupport
import Testing

/// Mixtures to and from scikit-learn.
@Suite struct ScikitLearnTests {
  static let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)

  static func decode(_ json: String) throws -> ScikitLearnMixture {
    try JSONDecoder().decode(ScikitLearnMixture.self, from: Data(json.utf8))
  }

  /// The numbers of scikit-learn itself for its own parameters, read as a target file is.
  @Test(arguments: GoldenScikitLearn.mixtures.indices) func readsItsParameters(index: Int) throws {
    let golden = GoldenScikitLearn.mixtures[index]
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    try Data(golden.json.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    let file = try TargetFile(contentsOf: path.path)
    #expect(file.description.name == path.deletingPathExtension().lastPathComponent)
    let target = try file.makeTarget(Double.self)
    let mixture = try #require(target as? GaussianMixture<Double>)
    let found = mixture.logDensity(of: Batch(rows: GoldenScikitLearn.points), at: Self.clean)
    #expect(agrees(found, golden.logDensities, relative: 1e-10))
    for (point, mean) in zip(GoldenScikitLearn.points, golden.means) {
      let law = try mixture.conditional(on: [0: point[0], 2: point[2]])
      #expect(agrees(law.moments.mean[0], mean, relative: 1e-9))
    }
  }

  /// Export writes the same type, numbers and precisions, to rounding.
  @Test(arguments: GoldenScikitLearn.mixtures.indices) func writesItsParameters(index: Int) throws {
    let golden = GoldenScikitLearn.mixtures[index]
    let read = try Self.decode(golden.json)
    let written = try Self.decode(try ScikitLearnMixture(try read.mixture()).json)
    #expect(written.covariances.type == golden.type)
    #expect(agrees(written.weights, read.weights, relative: 1e-14))
    #expect(written.means == read.means)
    #expect(written.covariances == read.covariances)
    let (ours, theirs) = try (
      #require(written.precisionsCholesky), #require(read.precisionsCholesky)
    )
    #expect(agrees(Self.numbers(ours), Self.numbers(theirs), relative: 1e-9, absolute: 1e-12))
  }

  static func numbers(_ covariances: ScikitLearnMixture.Covariances) -> [Double] {
    switch covariances {
    case .full(let matrices): matrices.flatMap { $0.flatMap(\.self) }
    case .tied(let rows), .diagonal(let rows): rows.flatMap(\.self)
    case .spherical(let variances): variances
    }
  }

  @Test func smallestTypeIsChosen() throws {
    func type(_ covariances: [MixtureCovariance]) throws -> String {
      let mixture = try GaussianMixture<Double>(
        weights: covariances.map { _ in 1 / Double(covariances.count) },
        means: covariances.map { _ in [0, 1] }, covariances: covariances)
      return try ScikitLearnMixture(mixture.description).covariances.type
    }
    let full = MixtureCovariance.full([[1, 0.5], [0.5, 1]])
    #expect(try type([.identity, .isotropic(2)]) == "spherical")
    #expect(try type([.identity, .diagonal([2, 1])]) == "diag")
    #expect(try type([full, full]) == "tied")
    #expect(try type([full, .identity]) == "full")
    #expect(throws: TargetError.self) { try type([.isotropic(0), .identity]) }
    #expect(throws: TargetError.self) { try type([.full([[1, 1], [1, 1]])]) }
  }

  @Test(arguments: [
    (
      #"{"covariance_type": "round", "weights_": [1], "means_": [[0]], "covariances_": [1]}"#,
      "round"
    ),
    (#"{"covariance_type": "full", "weights_": [1], "means_": [[0]]}"#, "covariances_"),
    (
      #"{"covariance_type": "diag", "weights_": [1], "means_": [[0, 1]], "covariances_": [[1]]}"#,
      "covariances_[0]"
    ),
    (
      #"{"covariance_type": "spherical", "weights_": [1, 0], "means_": [[0]], "covariances_": [1, 1]}"#,
      "means_"
    ),
    (
      #"{"covariance_type": "spherical", "weights_": [0.4], "means_": [[0]], "covariances_": [1]}"#,
      "0.4"
    ),
    (
      #"{"covariance_type": "full", "weights_": [1], "means_": [[0]], "covariances_": [[["a"]]]}"#,
      "covariances_[0]"
    ),
    (
      #"{"covariance_type": "spherical", "weights_": [1], "means_": [[0]], "covariances_": [4], "precisions_cholesky_": [4]}"#,
      "precisions_cholesky_"
    ),
    (#"{"means_": [[0]]}"#, "weights_"),
  ]) func mistakesAreNamed(json: String, says: String) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    try Data(json.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    do {
      _ = try TargetFile(contentsOf: path.path)
      Issue.record("\(json) was read.")
    } catch {
      #expect(error.description.contains(says), "\(error)")
    }
  }

  /// Both ways through Python itself, where scikit-learn is installed.
  @Test(.enabled(if: Python.hasScikitLearn)) func throughPython() throws {
    let mixture = try GaussianMixture<Double>(
      weights: [0.4, 0.6], means: [[-1, 2], [1.5, -0.5]],
      covariances: [.full([[1, 0.3], [0.3, 0.5]]), .diagonal([0.2, 0.8])])
    let program = """
      import json, sys, numpy, sklearn.mixture
      parameters = json.loads(sys.argv[1])
      kind = parameters.pop("covariance_type")
      model = sklearn.mixture.GaussianMixture(len(parameters["weights_"]), covariance_type=kind)
      for name, value in parameters.items():
          setattr(model, name, numpy.array(value))
      print(json.dumps(model.score_samples(numpy.array([[0.3, -0.7], [-0.2, 1.5]])).tolist()))
      """
    let text = try Python.run(program, [try ScikitLearnMixture(mixture.description).json])
    let scores = try JSONDecoder().decode([Double].self, from: Data(text.utf8))
    let ours = mixture.logDensity(of: Batch(rows: [[0.3, -0.7], [-0.2, 1.5]]), at: Self.clean)
    #expect(agrees(ours, scores, relative: 1e-11))
  }
}

/// A Python that may have scikit-learn: the one that `ORNSTEIN_PYTHON` names, or `python3`.
private enum Python {
  static let hasScikitLearn: Bool = (try? run("import sklearn", [])) != nil

  struct Failure: Error {}

  static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["ORNSTEIN_PYTHON"] ?? "python3"
    process.arguments = [python, "-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return String(decoding: text, as: UTF8.self)
  }
}
