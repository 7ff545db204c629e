import OrnsteinNumerics
import OrnsteinTables

/// Tensors by name and a map of texts: what a safetensors file holds.
///
/// The format (<https://huggingface.co/docs/safetensors>): the length of the header as 8 bytes,
/// little-endian; a JSON header that tells each tensor's type, shape and place; the elements, little-
/// endian, row-major, without gaps. Types `F32`, `F64` and `I64`; writing orders tensors by
/// descending element size, then by name, and pads the header, so that every tensor is aligned.
public struct SafeTensors: Sendable, Equatable {
  /// The tensors, in order of their names.
  public var tensors: [Tensor]
  /// Texts by key.
  public var metadata: [String: String]

  /// Tensors with different names, and texts.
  public init(tensors: [Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors.sorted { $0.name < $1.name }
    self.metadata = metadata
    for (left, right) in zip(self.tensors, self.tensors.dropFirst()) {
      precondition(left.name != right.name, "Two tensors are named \(left.name).")
    }
  }

  /// Reads a file.
  public init(contentsOf path: String) throws(ModelFileError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try [UInt8](contentsOfFile: path)
    } catch {
      throw .file(error)
    }
    try self.init(bytes: bytes, source: path)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  public init(bytes: [UInt8], source: String = "") throws(ModelFileError) {
    let header = try SafeTensorsHeader(bytes, file: source)
    var tensors: [Tensor] = []
    for entry in header.entries { tensors.append(entry.tensor(in: bytes)) }
    self.init(tensors: tensors, metadata: header.metadata)
  }

  /// The tensor of a name, or `nil`.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// Writes a file; it appears whole or not at all.
  public func write(to path: String) throws(ModelFileError) {
    let ordered = tensors.sorted { ($1.elementWidth, $0.name) < ($0.elementWidth, $1.name) }
    do throws(FileError) {
      let file = try AtomicFile(path: path)
      try file.write(SafeTensorsHeader.bytes(of: ordered, metadata: metadata))
      for tensor in ordered { try tensor.write(to: file) }
      try file.commit()
    } catch {
      throw .file(error)
    }
  }

  /// The bytes of a file.
  public var bytes: [UInt8] {
    let ordered = tensors.sorted { ($1.elementWidth, $0.name) < ($0.elementWidth, $1.name) }
    return ordered.reduce(into: SafeTensorsHeader.bytes(of: ordered, metadata: metadata)) {
      $0 += $1.littleEndianBytes
    }
  }
}

extension Tensor {
  var elementWidth: Int {
    switch elements {
    case .float: 4
    case .double, .integer: 8
    }
  }

  var typeName: String {
    switch elements {
    case .float: "F32"
    case .double: "F64"
    case .integer: "I64"
    }
  }

  fileprivate var littleEndianBytes: [UInt8] {
    func bytes<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt8] {
      words.withUnsafeBytes(Array.init)
    }
    return switch elements {
    case .float(let values): bytes(values.map(\.bitPattern.littleEndian))
    case .double(let values): bytes(values.map(\.bitPattern.littleEndian))
    case .integer(let values): bytes(values.map(\.littleEndian))
    }
  }

  fileprivate func write(to file: AtomicFile) throws(FileError) {
    try file.write(littleEndianBytes)
  }
}
