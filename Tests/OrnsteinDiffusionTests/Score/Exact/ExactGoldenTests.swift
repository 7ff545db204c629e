import OrnsteinDiffusion
import OrnsteinNumerics
import Testing
import TestSupport

/// Values computed independently in double precision.
@Suite struct ExactGoldenTests {
  let level = OrnsteinUhlenbeck.canonical.level(at: 0.3)
  let x = Batch<Double>(rows: [[0.4, -1.2]])

  @Test func cubeVertices() throws {
    let target = try CubeVertices<Double>(halfWidth: 1, dimension: 2)
    #expect(agrees(target.logDensity(of: x, at: level), [-2.5333095571028]))
    #expect(agrees(target.score(of: x, at: level).elements, [0.059547389204596, 1.0803247400869]))
    #expect(
      agrees(
        target.hessian(of: x, at: level), [-0.41554182385708, 0, 0, -2.0146922823147]))
  }

  @Test func solidCube() throws {
    let target = try SolidCube<Double>(halfWidth: 1, dimension: 2)
    #expect(agrees(target.logDensity(of: x, at: level), [-2.6238423419962]))
    #expect(agrees(target.score(of: x, at: level).elements, [-0.58796276525229, 1.8803629238494]))
  }

  @Test(arguments: [
    (2, 0.74435334858495, -2.3391221331092), (3, 0.58897912345276, -3.1400765276334),
    (8, 0.27279622033154, -6.1959185727121),
  ])
  func sphere(_ d: Int, _ ratio: Double, _ logDensity: Double) throws {
    let target = try SphereUniform<Double>(radius: 1.5, dimension: d)
    let x = Batch([0.5, -0.8] + [Double](repeating: 0, count: d - 2), dimension: d)
    #expect(agrees(target.logDensity(of: x, at: level), [logDensity]))
    #expect(agrees(BesselRatio(dimension: d, at: 2.323485823867).value, ratio))
    let score = target.score(of: x, at: level).elements
    if d == 2 { #expect(agrees(score, [-0.13655851017311, 0.21849361627698])) }
    if d == 3 {
      #expect(agrees(score, [-0.339373009886, 0.5429968158176, 0]))
      #expect(agrees(BesselRatio(dimension: d, at: 2.323485823867).derivative, 0.1461247094574))
    }
  }

  @Test func points() throws {
    let target = try EmpiricalMeasure<Double>(points: Batch(rows: [[0, 0], [1, 0], [0, 2]]))
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.25)
    let x = Batch<Double>(rows: [[0.3, 0.4]])
    #expect(agrees(target.logDensity(of: x, at: level), [-1.5982063208092]))
    #expect(agrees(target.score(of: x, at: level).elements, [0.042145915553517, -0.5878352737499]))
    // The posterior mean is made of the probabilities 0.4065... and 0.1083...
    #expect(
      agrees(
        target.posteriorMean(of: x, at: level), [0.40650077975027, 2 * 0.10831065293402]))
  }
}
