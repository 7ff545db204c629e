import OrnsteinNumerics
import Testing
import TestSupport

/// Values computed with 120 digits.
@Suite struct MillsRatioTests {
  @Test(
    arguments: [
      (0, 1.2533141373155003, 0.7978845608028654, 1.0),
      (1e-08, 1.2533141273155004, 0.797884557169063, 0.9999999920211544),
      (0.3, 1.0018374009921558, 0.6981659688584834, 0.790550209342455),
      (1, 0.6556795424187984, 0.5251352761609812, 0.4748647238390188),
      (2.5, 0.35426511132979366, 0.32274479766390723, 0.19313800584023189),
      (3.49, 0.2672395018668747, 0.2519617721715029, 0.12065341512145483),
      (3.5, 0.26656776896822376, 0.25139126485769975, 0.12013057299805094),
      (4, 0.23665238291356067, 0.22560714448947108, 0.0975714220421157),
      (7, 0.14010418345305023, 0.13754561322650327, 0.037180707414477064),
      (20, 0.04987592598183679, 0.049753068527850546, 0.004938629442989156),
      (1000.0, 0.0009999990000029999, 0.00099999800001, 1.9999900000739994e-06),
      (1000000.0, 9.99999999999e-07, 9.99999999998e-07, 1.99999999999e-12),
      (1e+150, 1e-150, 1e-150, 2e-300),
    ] as [(Double, Double, Double, Double)])
  func tail(_ z: Double, _ ratio: Double, _ mean: Double, _ square: Double) {
    let tail = MillsRatio(z)
    #expect(agrees(tail.ratio, ratio, relative: 5e-15))
    #expect(agrees(tail.meanExcess, mean, relative: 1e-13))
    #expect(agrees(tail.secondMomentExcess, square, relative: 1e-13))
  }

  @Test(
    arguments: [
      (-1000.0, -500007.82669481216),
      (-40, -804.6084420137538),
      (-8, -35.01343715991455),
      (-1, -1.8410216450092636),
      (0, -0.6931471805599453),
      (0.5, -0.3689464152886564),
      (3, -0.0013508099647481938),
      (9, -1.1285884059538405e-19),
    ] as [(Double, Double)])
  func logCumulative(_ z: Double, _ expected: Double) {
    #expect(agrees(NormalLaw.logCumulative(z), expected, relative: 5e-15))
  }

  @Test func noNumberTraps() {
    #expect(MillsRatio(.nan).ratio.isNaN)
    #expect(MillsRatio(.infinity).ratio == 0)
  }
}
