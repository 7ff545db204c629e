import OrnsteinLearning
import RealModule
import TestSupport
import Testing

@Suite struct OptimizerTests {
  @Test func scheduleHasItsClosedForm() {
    let schedule = LearningRateSchedule(peak: 2, warmUpSteps: 10, floor: 0.1)
    #expect(agrees(schedule.rate(step: 0, totalSteps: 110), 0.2, relative: 1e-15))
    #expect(schedule.rate(step: 9, totalSteps: 110) == 2)
    #expect(agrees(schedule.rate(step: 59, totalSteps: 110), 2 * (0.1 + 0.9 / 2), relative: 1e-12))
    #expect(
      agrees(
        schedule.rate(step: 34, totalSteps: 110), 2 * (0.1 + 0.9 * (1 + 0.5.squareRoot()) / 2),
        relative: 1e-12))
    #expect(agrees(schedule.rate(step: 109, totalSteps: 110), 0.2, relative: 1e-12))
    #expect(schedule.rate(step: 500, totalSteps: nil) == 2)
    #expect(agrees(schedule.rate(step: 0, totalSteps: 5), 2, relative: 1e-15))
    let none = LearningRateSchedule(peak: 1, warmUpSteps: 0, floor: 1)
    #expect(none.rate(step: 0, totalSteps: 1) == 1)
  }

  @Test(arguments: [0.0, 1, 6.94, 16.97])
  func averageWeighsStepsByTheirPower(power: Double) {
    let average = WeightAverage(power: power)
    var (value, square) = (123.0, 456.0)
    let steps = 20_000
    for step in 1...steps {
      let rate = average.rate(step: step)
      value += rate * (Double(step) - value)
      square += rate * (Double(step) * Double(step) - square)
    }
    // Moments of the density (g + 1) t^g on [0, 1]; sums differ from integrals by about g / steps.
    let (g, n) = (power, Double(steps))
    #expect(agrees(value / n, (g + 1) / (g + 2), relative: 1e-3))
    #expect(agrees(square / (n * n), (g + 1) / (g + 3), relative: 2e-3))
    #expect(average.rate(step: 1) == 1)
  }
}
