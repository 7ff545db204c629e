import OrnsteinLearning
import OrnsteinModel
import OrnsteinTables

/// An interrupted fit of a mixture, from which it goes on bit for bit as if never interrupted.
public struct MixtureFitCheckpoint: Sendable {
  /// The columns, and how rows become points.
  public var schema: Schema
  /// The process that samples are drawn by later.
  public var process: ProcessSpecification
  /// What has been learned.
  public var learning: MixtureCheckpoint

  /// A checkpoint from its parts.
  public init(schema: Schema, process: ProcessSpecification, learning: MixtureCheckpoint) {
    self.schema = schema
    self.process = process
    self.learning = learning
  }

  /// Writes the interrupted fit in the form of a model file, whole or not at all.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` if the file cannot be written.
  public func write(to path: String) throws(ModelFileError) {
    var metadata = ModelMetadata(kind: .checkpoint)
    try metadata.set(InterruptedFit.Learner.mixture, for: InterruptedFit.learnerKey)
    try metadata.set(schema, for: "schema")
    try metadata.set(process, for: "process")
    try metadata.set(learning.state, for: "state")
    try SafeTensors(tensors: learning.tensors, metadata: metadata.texts).write(to: path)
  }
}
