import OrnsteinNumerics

/// Runs a program on the points of one chunk.
extension SamplerProgram {
  /// Runs the instructions in order.
  ///
  /// - Parameters:
  ///   - chunk: The registers; the position holds the points at the horizon.
  ///   - goOn: Called after each instruction with its number and, if it wrote one, the register
  ///     that it wrote; may end the run.
  @inline(__always)
  func run<Scalar: BatchScalar>(
    on chunk: ChunkState<Scalar>, goOn: (Int, Register?) throws -> Bool
  ) rethrows {
    try chunk.workspace.withBuffer(of: UnsafePointer<Scalar>.self, count: maximumTerms) { inputs in
      try chunk.workspace.withBuffer(of: Double.self, count: maximumTerms) { coefficients in
        for (index, instruction) in instructions.enumerated() {
          var written: Register?
          switch instruction {
          case .begin: break
          case .evaluate(let register, let level, let output):
            chunk.evaluate(register, at: level, into: output)
            written = output
          case .combine(let combination):
            chunk.combine(combination, inputs, coefficients)
            written = combination.output
          case .combineColumns(let combination):
            chunk.combine(combination, inputs)
            written = combination.output
          case .fill(let output, let point):
            chunk.fill(output, with: point)
            written = output
          case .apply(let operation):
            operation.apply(to: chunk)
            written = .position
          }
          guard try goOn(index, written) else { return }
        }
      }
    }
  }
}

extension ChunkState {
  fileprivate func combine(
    _ combination: LinearCombination, _ inputs: UnsafeMutableBufferPointer<UnsafePointer<Scalar>>,
    _ coefficients: UnsafeMutableBufferPointer<Double>
  ) {
    guard let output = self[combination.output].baseAddress, count > 0 else { return }
    let noise = combination.noise
    let stream = key.stream(noise?.purpose ?? .predictor, step: noise?.step ?? 0)
    let deviation = noise?.deviation ?? 0
    let terms = combination.terms
    guard !terms.isEmpty else {
      if deviation == 0 {
        self[combination.output].update(repeating: 0)
      } else {
        Scalar.Kernels.normals(
          into: self[combination.output], stream: stream, first: firstElement)
        if deviation != 1 { scale(self[combination.output], by: Scalar(deviation)) }
      }
      return
    }
    for (index, term) in terms.enumerated() {
      guard let input = self[term.register].baseAddress else { return }
      inputs[index] = UnsafePointer(input)
      coefficients[index] = term.coefficient
    }
    Scalar.Kernels.combine(
      into: output, count: count,
      inputs: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(inputs)[..<terms.count]),
      coefficients: UnsafeBufferPointer(
        rebasing: UnsafeBufferPointer(coefficients)[..<terms.count]),
      noise: deviation, stream: stream, first: firstElement)
  }
  fileprivate func combine(
    _ combination: ColumnCombination, _ inputs: UnsafeMutableBufferPointer<UnsafePointer<Scalar>>
  ) {
    guard let output = self[combination.output].baseAddress, count > 0 else { return }
    precondition(
      combination.dimension == dimension,
      "Coefficients of \(combination.dimension) columns do not fit points of \(dimension).")
    for (index, register) in combination.registers.enumerated() {
      guard let input = self[register].baseAddress else { return }
      inputs[index] = UnsafePointer(input)
    }
    let terms = UnsafeBufferPointer(
      rebasing: UnsafeBufferPointer(inputs)[..<combination.registers.count])
    combination.coefficients.withPointer(to: Scalar.self) { coefficients in
      guard let noise = combination.noise else {
        Scalar.Kernels.combine(
          into: output, rows: rows.count, dimension: dimension, inputs: terms,
          coefficients: coefficients, noise: nil, stream: key.stream(.predictor),
          first: firstElement)
        return
      }
      noise.deviations.withPointer(to: Scalar.self) { deviations in
        Scalar.Kernels.combine(
          into: output, rows: rows.count, dimension: dimension, inputs: terms,
          coefficients: coefficients, noise: deviations,
          stream: key.stream(noise.purpose, step: noise.step), first: firstElement)
      }
    }
  }

  fileprivate func fill(_ register: Register, with point: ColumnNumbers) {
    guard let output = self[register].baseAddress else { return }
    precondition(
      point.count == dimension,
      "A point of \(point.count) coordinates does not fit points of \(dimension).")
    point.withPointer(to: Scalar.self) { coordinates in
      for row in 0..<rows.count {
        (output + row * dimension).update(from: coordinates, count: dimension)
      }
    }
  }
}
