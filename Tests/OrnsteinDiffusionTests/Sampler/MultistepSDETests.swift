import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Against the loops of k-diffusion, written out in its own coordinates y = x / alpha.
@Suite struct MultistepSDETests {
  static let steps = 9
  let noise = [0.3, -1.1, 0.7, 0.2, -0.5, 1.9, -0.8, 0.05, 0.4]
  let mixture = Targets.gm1(Double.self)

  func levels(_ process: any ForwardProcess, stop: Double) -> [NoiseLevel] {
    (0...Self.steps).map {
      let share = Double($0) / Double(Self.steps)
      return process.level(at: process.time(ofCanonicalTime: 2 + (stop - 2) * share))
    }
  }

  func denoised(_ y: Double, _ level: NoiseLevel) -> Double {
    let points = Batch<Double>(rows: [[y * level.alpha]])
    return mixture.denoiser(of: points, at: level)[0, 0]
  }

  func replay(_ predictor: any Predictor, _ levels: [NoiseLevel]) throws -> Double {
    let program = try SamplingMethod(predictor: predictor).program(along: levels)
    var replay = ProgramReplay(mixture, noise: noise)
    return replay.run(program, from: [0.7])[0]
  }

  func secondOrder(_ levels: [NoiseLevel], _ eta: Double, heun: Bool) -> Double {
    var (y, old, last): (Double, Double?, Double) = (0.7 / levels[0].alpha, nil, 0)
    for step in 0..<Self.steps {
      let (sigma, next) = (
        levels[step].sigma / levels[step].alpha, levels[step + 1].sigma / levels[step + 1].alpha
      )
      let denoised = denoised(y, levels[step])
      guard next > 0 else { return denoised }
      let h = Double.log(sigma / next)
      let scale = 1 - Double.exp(-h - eta * h)
      y = next / sigma * .exp(-eta * h) * y + scale * denoised
      if let old {
        let r = last / h
        let weight = heun ? scale / (-h - eta * h) + 1 : 0.5 * scale
        y += weight / r * (denoised - old)
      }
      y += noise[step] * next * (1 - Double.exp(-2 * eta * h)).squareRoot()
      (old, last) = (denoised, h)
    }
    return y
  }

  func thirdOrder(_ levels: [NoiseLevel], _ eta: Double) -> Double {
    var y = 0.7 / levels[0].alpha
    var (old, gaps): ([Double], [Double]) = ([], [])
    for step in 0..<Self.steps {
      let (sigma, next) = (
        levels[step].sigma / levels[step].alpha, levels[step + 1].sigma / levels[step + 1].alpha
      )
      let denoised = denoised(y, levels[step])
      guard next > 0 else { return denoised }
      let h = Double.log(sigma / next)
      let a = h * (eta + 1)
      y = .exp(-a) * y + (1 - .exp(-a)) * denoised
      let second = (Double.exp(-a) - 1) / a + 1
      if old.count == 1 {
        y += second * (denoised - old[0]) / (gaps[0] / h)
      } else if old.count > 1 {
        let (r0, r1) = (gaps[0] / h, gaps[1] / h)
        let (d0, d1) = ((denoised - old[0]) / r0, (old[0] - old[1]) / r1)
        y += second * (d0 + (d0 - d1) * r0 / (r0 + r1))
        y -= (second / a - 0.5) * (d0 - d1) / (r0 + r1)
      }
      y += noise[step] * next * (1 - Double.exp(-2 * h * eta)).squareRoot()
      (old, gaps) = ([denoised] + old, [h] + gaps)
    }
    return y
  }

  @Test(arguments: [0, 0.5, 1, 2.0], [0.01, 0])
  func theirLoops(eta: Double, stop: Double) throws {
    for process in [OrnsteinUhlenbeck.canonical, RectifiedFlow()] as [any ForwardProcess] {
      let levels = levels(process, stop: stop)
      for isTaylor in [false, true] {
        #expect(
          try agrees(
            replay(SecondOrderMultistepSDE(eta: eta, isTaylor: isTaylor), levels),
            secondOrder(levels, eta, heun: isTaylor)), "\(isTaylor)")
      }
      #expect(
        try agrees(replay(ThirdOrderMultistepSDE(eta: eta), levels), thirdOrder(levels, eta)))
    }
  }

  /// The weights of short steps do not cancel: halving every step of a fine grid changes the flow
  /// by no more than the order says.
  @Test func shortStepsAreSound() throws {
    let process = OrnsteinUhlenbeck.canonical
    func levels(_ steps: Int) -> [NoiseLevel] {
      (0...steps).map { process.level(at: 0.5 - 1e-6 * Double($0) / Double(steps)) }
    }
    let predictor = try ThirdOrderMultistepSDE(eta: 0)
    let method = SamplingMethod(predictor: predictor, finish: .none)
    func run(_ steps: Int) throws -> Double {
      var replay = ProgramReplay(mixture)
      return replay.run(try method.program(along: levels(steps)), from: [0.7])[0]
    }
    let velocity = 0.7 + mixture.score(of: Batch(rows: [[0.7]]), at: process.level(at: 0.5))[0, 0]
    let moved = try run(10) - 0.7
    #expect(agrees(moved, velocity * 1e-6, relative: 1e-5))
    #expect(try agrees(run(20) - 0.7, moved, relative: 1e-8))
  }

  @Test func optionsAreChecked() throws {
    for (name, options) in [
      ("dpm++2m-sde", ["eta": -1.0]), ("dpm++2m-sde", ["taylor": 2]),
      ("dpm++3m-sde", ["eta": .nan]),
      ("picard", ["block": 0]), ("picard", ["block": 2.5]), ("picard", ["rounds": 11]),
      ("picard", ["rounds": 0]), ("picard", ["ode": 2]), ("picard", ["block": 1e300]),
      ("ancestral", ["variance": 0.5]),
    ] {
      #expect(throws: SamplingError.self, "\(name) \(options)") {
        try PredictorSpecification(name: name, options: options)
      }
    }
    #expect(
      try !PredictorSpecification(name: "dpm++2m-sde", options: ["eta": 0]).make().isStochastic)
    #expect(try !PredictorSpecification(name: "picard", options: ["ode": 1]).make().isStochastic)
  }
}
