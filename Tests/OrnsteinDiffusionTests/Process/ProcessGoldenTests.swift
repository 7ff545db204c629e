import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// Values computed independently in double precision from the closed forms of the processes.
@Suite struct ProcessGoldenTests {
  @Test func ornsteinUhlenbeck() {
    let process = OrnsteinUhlenbeck.canonical
    let level = process.level(at: 0.1)
    #expect(agrees(level.alpha, 0.90483741803596))
    #expect(agrees(level.sigma * level.sigma, 0.181269246922018))
    #expect(agrees(level.logSNR, 0.75388590048526))
    #expect(agrees(.exp(2 * level.logSNR), 4.51665556612699))
    #expect(agrees(process.level(at: 1).logSNR, -0.92729327106557))
    #expect(agrees(.exp(2 * process.level(at: 1).logSNR), 0.156517642749666))
    #expect(agrees(process.time(ofLogSNR: -0.3), 0.518743975242943))
  }

  @Test func nearlyCleanLevelsAreAccurate() {
    let level = OrnsteinUhlenbeck.canonical.level(at: 1e-9)
    #expect(agrees(level.sigma * level.sigma, 1.999999998e-9, relative: 1e-15))
    #expect(agrees(level.logSNR, 10.0150593276932, relative: 1e-14))
    #expect(agrees(level.canonicalTime, 1e-9, relative: 1e-14))
  }

  @Test func slowConventionDoublesTimes() {
    let slow = OrnsteinUhlenbeck.slow.level(at: 0.2)
    let canonical = OrnsteinUhlenbeck.canonical.level(at: 0.1)
    #expect(slow.alpha == canonical.alpha && slow.sigma == canonical.sigma)
    #expect(OrnsteinUhlenbeck.slow.squaredDiffusion(at: 1) == 1)
    #expect(OrnsteinUhlenbeck.slow.drift(at: 1) == -0.5)
  }

  @Test func linearVariancePreserving() throws {
    let process = try ProcessSpecification.linearVariancePreserving().make()
    let level = process.level(at: 0.3)
    #expect(agrees(level.alpha, 0.629550000336449))
    #expect(agrees(level.sigma * level.sigma, 0.603666797076377))
    #expect(agrees(level.canonicalTime, 0.46275))
    #expect(agrees(process.level(at: 1).alpha, 0.00657158649492962))
  }

  @Test func subVariancePreserving() throws {
    let process = try ProcessSpecification.subVariancePreserving().make()
    #expect(agrees(process.level(at: 0.3).sigma, 0.603666797076377))
    #expect(agrees(process.squaredDiffusion(at: 0.3), 5.11652435302004))
  }

  @Test func cosineVariancePreserving() throws {
    let process = try ProcessSpecification.cosineVariancePreserving().make()
    let quarter = process.level(at: 0.25)
    #expect(agrees(quarter.alpha * quarter.alpha, 0.847012161326905))
    #expect(agrees(process.squaredDiffusion(at: 0.25), 1.3252367729891))
    let half = process.level(at: 0.5)
    #expect(agrees(half.alpha * half.alpha, 0.493843590440638))
    #expect(agrees(half.canonicalTime, 0.352768215234833))
  }

  @Test func varianceExploding() throws {
    let process = try ProcessSpecification.varianceExploding().make()
    let level = process.level(at: 0.5)
    #expect(agrees(level.sigma, 0.707106781186548))
    #expect(agrees(.sqrt(process.squaredDiffusion(at: 0.5)), 2.91842306587243))
    #expect(agrees(level.canonicalTime, 0.202732554054082))
  }

  @Test func rectifiedFlow() {
    let process = RectifiedFlow()
    let level = process.level(at: 0.3)
    #expect(agrees(level.logSNR, 0.847297860387204))
    #expect(agrees(process.squaredDiffusion(at: 0.3), 0.857142857142857))
    #expect(agrees(level.canonicalTime, 0.0843113562178964))
    #expect(agrees(level.scale, 0.761577310586391))
  }

  @Test func bridgeAndLocalization() {
    let bridge = OrnsteinUhlenbeck.canonical.bridge(from: 0.5, to: 0.2)
    #expect(agrees(bridge.position, 0.38637078557122))
    #expect(agrees(bridge.origin, 0.584385025611781))
    #expect(agrees(bridge.variance, 0.235315490003102))
    #expect(agrees(StochasticLocalization().signalToNoiseRatio(at: 0.2), 2.03324478171974))
  }
}
