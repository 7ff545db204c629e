import OrnsteinTables

/// Why a model file cannot be read or written.
public enum ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system could not read or write the file.
  case file(FileError)
  /// The file ends before what its header announces, or holds more.
  case wrongLength(file: String, reason: String)
  /// The header is not that of a safetensors file.
  case header(file: String, reason: String)
  /// A tensor contradicts itself or its neighbours.
  case tensor(file: String, name: String, reason: String)
  /// The file has no entry of this key.
  case absentMetadata(file: String, key: String)
  /// The file has no tensor of this name.
  case absentTensor(file: String, name: String)
  /// An entry is not the JSON that it should be.
  case metadata(file: String, key: String, reason: String)
  /// The file was written by a newer program.
  case newerVersion(file: String, found: Int, known: Int)
  /// The file is a safetensors file of another program.
  case foreign(file: String)

  /// One sentence that names the file, what is wrong, and what to do.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .wrongLength(let file, let reason):
      "\(name(file)) is cut off or damaged: \(reason); copy it again."
    case .header(let file, let reason): "\(name(file)) is no safetensors file: \(reason)."
    case .tensor(let file, let tensor, let reason):
      "\(name(file)), tensor \"\(tensor)\": \(reason)."
    case .absentMetadata(let file, let key):
      "\(name(file)) has no metadata \"\(key)\"; it was not written whole by this program."
    case .absentTensor(let file, let tensor):
      "\(name(file)) has no tensor \"\(tensor)\"; it was not written whole by this program."
    case .metadata(let file, let key, let reason):
      "\(name(file)), metadata \"\(key)\": \(reason)."
    case .newerVersion(let file, let found, let known):
      "\(name(file)) has format version \(found), and this program knows versions up to \(known); "
        + "update the program."
    case .foreign(let file):
      "\(name(file)) is a safetensors file, but no model of this program: "
        + "its metadata name no format version."
    }
  }

  private func name(_ file: String) -> String { file.isEmpty ? "The model file" : "\"\(file)\"" }
}
