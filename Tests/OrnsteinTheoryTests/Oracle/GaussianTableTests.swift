import OrnsteinDiffusion
import OrnsteinTheory
import Testing
import TestSupport

/// N(1.5, 0.25) from time 3 to 0.01 on a log-SNR grid, started at N(0, 1).
@Suite struct GaussianTableTests {
  struct Row {
    let method: TabledMethod
    let steps: Int
    let mean, variance, divergence, distance: Double
  }

  static let rows: [Row] = [
    Row(
      method: .eulerMaruyama, steps: 20, mean: 1.4655441613412, variance: 0.31341997497831,
      divergence: 0.0073145921716114, distance: 0.049241325313078),
    Row(
      method: .eulerMaruyama, steps: 160, mean: 1.4818838687078, variance: 0.2704302173581,
      divergence: 0.00012672026394711, distance: 0.0062656653880933),
    Row(
      method: .frozenScore, steps: 20, mean: 1.4846702096669, variance: 0.3225555763725,
      divergence: 0.0091052343716907, distance: 0.053304539572215),
    Row(
      method: .frozenScore, steps: 160, mean: 1.4841624275424, variance: 0.27125784059505,
      divergence: 0.00014323445210604, distance: 0.0062543316277521),
    Row(
      method: .frozenRelativeScore, steps: 20, mean: 1.4454544760518, variance: 0.3049085823877,
      divergence: 0.0073086025172763, distance: 0.054586238366646),
    Row(
      method: .frozenRelativeScore, steps: 160, mean: 1.4795908066537, variance: 0.26961016158376,
      divergence: 0.00013460001493053, distance: 0.0071598404661606),
    Row(
      method: .frozenDenoiser, steps: 20, mean: 1.4840782511951, variance: 0.21249706989286,
      divergence: 0.013070148623176, distance: 0.053671967102512),
    Row(
      method: .frozenDenoiser, steps: 160, mean: 1.4840782511951, variance: 0.25741309393787,
      divergence: 0.00020672067131243, distance: 0.0073457252764653),
    Row(
      method: .frozenNoise, steps: 20, mean: 1.4847647934933, variance: 0.27291271582826,
      divergence: 0.0002227158226238, distance: 0.0077799025929752),
    Row(
      method: .frozenNoise, steps: 160, mean: 1.48418754711, variance: 0.26550601097176,
      divergence: 3.0064087048339e-6, distance: 0.001091612590553),
    Row(
      method: .probabilityFlow, steps: 20, mean: 1.4445509452896, variance: 0.29444542732647,
      divergence: 0.005497214996363, distance: 0.049251424271986),
    Row(
      method: .probabilityFlow, steps: 160, mean: 1.4463535734018, variance: 0.26883231895028,
      divergence: 0.0028439753914688, distance: 0.038912469510947),
    Row(
      method: .denoisingDiffusionImplicit, steps: 20, mean: 1.4487452438319,
      variance: 0.2366482935625, divergence: 0.0060802245700458, distance: 0.045972551630951),
    Row(
      method: .denoisingDiffusionImplicit, steps: 160, mean: 1.4468797045273,
      variance: 0.26157633488908, divergence: 0.0028274532404471, distance: 0.038328145211754),
  ]

  @Test(arguments: rows)
  func lawsAreThoseOfTheTable(_ row: Row) throws {
    let levels = try levels(.logSNR, steps: row.steps, horizon: 3, stop: 0.01)
    let oracle = try GaussianOracle(Targets.line)
    let law = try oracle.law(
      after: row.method.program(along: levels), from: GaussianLaw(mean: 0, variance: 1))
    let exact = oracle.exactLaw(at: levels[row.steps])
    #expect(agrees(exact.mean[0], 1.4850747506238, relative: 1e-12))
    #expect(agrees(exact.covariance[0], 0.26485099501993, relative: 1e-12))
    #expect(agrees(law.mean[0], row.mean, relative: 1e-11))
    #expect(agrees(law.covariance[0], row.variance, relative: 1e-11))
    #expect(agrees(try exact.klDivergence(to: law), row.divergence, relative: 1e-9))
    #expect(agrees(try exact.wassersteinDistance(to: law), row.distance, relative: 1e-9))
  }
}
