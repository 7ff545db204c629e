import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

extension TableModel {
  /// The law of complete rows, all cells of which are there: a mixture of rows encoded by a schema.
  ///
  /// Of a mixture that was learned from rows with gaps it is the law of the values, whatever is missing;
  /// its schema knows no gaps. Of rows with noise, or a mixture for which values stood in for missing
  /// ones, it is the law of the encoded rows, in which a coordinate tells of each gap. `nil` for a network
  /// or polynomials.
  ///
  /// - Throws: ``/OrnsteinDiffusion/MixtureError`` if the rows with noise are no mixture.
  public func mixtureOfRows() throws -> (schema: Schema, mixture: GaussianMixture<Double>)? {
    guard let mixture = try learned.mixtureOfRows() else { return nil }
    guard let layout = gapLayout else { return (schema, mixture) }
    return (schema.withoutGapMarkers, try mixture.marginal(of: layout.values))
  }

  /// The model of complete rows, if gaps were learned apart from the values; else the model itself.
  func ofCompleteRows() throws -> TableModel {
    guard gapLayout != nil, let law = try mixtureOfRows() else { return self }
    var record = record
    record.gaps = nil
    return try TableModel(
      schema: law.schema, learned: .mixture(law.mixture, record), moments: law.mixture.moments,
      process: process)
  }

  /// Where the gaps are told, of a law that has learned them apart from the values.
  var gapLayout: GapLayout? {
    guard record.gaps == .marginal else { return nil }
    let layout = GapLayout(schema)
    return layout.markers.isEmpty ? nil : layout
  }

  /// Rows whose missing cells are filled, for densities of whole points: drawn from the law, so that the
  /// density of what is drawn can be taken off again.
  func completed(
    _ measured: MeasuredPoints, key: NoiseKey, firstRow: Int, threads: Int
  ) throws -> MeasuredPoints {
    guard let layout = gapLayout, let mixture = learned.mixture else { return measured }
    return try GapCompletion(mixture, layout).completed(
      measured, key: key, firstRow: firstRow, threads: threads)
  }
}
