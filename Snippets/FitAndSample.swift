//! Learn a table, draw new rows, and compare them with rows held out.

import Ornstein

let table = try Table(contentsOf: "old_faithful.csv")
let training = table.selecting(rows: 0..<200)
let heldOut = table.selecting(rows: 200..<table.rowCount)

let settings = TrainingSettings(limit: .steps(1_000))
let model = try fit(training, learner: .network(settings), seed: 1, threads: 2) { event in
  print("step \(event.step), held-out loss \(event.heldOutLoss ?? .nan)")
  return .continue
}

let drawn = try model.sample(2_000, seed: 7, threads: 2)
let evaluation = try TableEvaluation(of: drawn, against: heldOut, threads: 2)
print("Energy distance \(evaluation.energyDistance.value), p \(evaluation.energyDistance.pValue)")
