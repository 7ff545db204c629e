/// A named block of numbers with a shape: what model files and checkpoints are made of.
public struct Tensor: Sendable, Equatable {
  /// The elements, row-major, in one of the number types that a model file holds.
  public enum Elements: Sendable, Equatable {
    /// IEEE single precision (`F32`).
    case float([Float])
    /// IEEE double precision (`F64`).
    case double([Double])
    /// Signed 64-bit integers (`I64`).
    case integer([Int64])
  }

  /// A dotted path that is unique in its file, as `network.hidden.0.weight`.
  public var name: String
  /// The length of each axis; their product is the number of elements.
  public var shape: [Int]
  /// The numbers.
  public var elements: Elements

  /// A tensor whose shape fits its elements.
  public init(name: String, shape: [Int], elements: Elements) {
    self.name = name
    self.shape = shape
    self.elements = elements
    precondition(
      shape.reduce(1, *) == count,
      "Tensor \(name) has \(count) elements, which do not fill the shape \(shape).")
  }

  /// The number of elements.
  public var count: Int {
    switch elements {
    case .float(let values): values.count
    case .double(let values): values.count
    case .integer(let values): values.count
    }
  }
}
