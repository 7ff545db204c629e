/// The header of a NumPy array file: element type, order and shape.
///
/// Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
struct NPYHeader: Equatable {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  enum Kind: Character {
    case float = "f"
    case signed = "i"
    case unsigned = "u"
    case boolean = "b"
  }

  var kind: Kind
  /// Bytes an element.
  var width: Int
  var isBigEndian: Bool
  var isColumnMajor: Bool
  var shape: [Int]

  /// The header of a file, and where its elements begin.
  static func parse(_ bytes: [UInt8], file: String) throws(TableError) -> (NPYHeader, start: Int) {
    func error(_ reason: String) -> TableError { .array(file: file, reason: reason) }
    guard !bytes.isEmpty else { throw .empty(file: file) }
    guard bytes.starts(with: magic), bytes.count >= 10 else {
      throw error("this is no NumPy array file: its first bytes are not \\x93NUMPY.")
    }
    let major = bytes[6]
    guard (1...3).contains(major) else {
      throw error("NumPy format \(major).\(bytes[7]) is not known; save it again with numpy.save.")
    }
    let lengthBytes = major == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthBytes else { throw error("the header is cut off.") }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    let start = 8 + lengthBytes + length
    guard start <= bytes.count else {
      throw error("the header says \(length) bytes, but the file ends before that.")
    }
    guard
      let text = String(validating: bytes[(8 + lengthBytes)..<start], as: UTF8.self),
      let fields = PythonLiteral.dictionary(text),
      case .text(let type)? = fields["descr"],
      case .flag(let isColumnMajor)? = fields["fortran_order"],
      case .tuple(let shape)? = fields["shape"]
    else {
      throw error("the header is not understood (a structured array?); save a plain 2-D array.")
    }
    var header = try element(type, error)
    header.isColumnMajor = isColumnMajor
    header.shape = shape
    return (header, start)
  }

  private static func element(
    _ type: String, _ error: (String) -> TableError
  ) throws(TableError) -> NPYHeader {
    let order = type.first ?? " "
    let code = type.dropFirst()
    if code.first == "O" || type.contains("O") {
      throw error(
        "the elements are Python objects (pickled); save numbers, as with .astype(float).")
    }
    guard "<>|=".contains(order), let letter = code.first, let kind = Kind(rawValue: letter),
      let width = Int(code.dropFirst()),
      (kind == .float ? [4, 8] : kind == .boolean ? [1] : [1, 2, 4, 8]).contains(width)
    else {
      throw error(
        "elements of type \"\(type)\" are not read; convert them to float32, float64, an integer "
          + "type or bool.")
    }
    return NPYHeader(
      kind: kind, width: width, isBigEndian: order == ">", isColumnMajor: false, shape: [])
  }

  /// The bytes of a header of little-endian floats, padded to a length that any count fits in.
  static func bytes(width: Int, shape: [Int]) -> [UInt8] {
    let tuple = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '<f\(width)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let longestCount = 20
    let longest = 11 + text.utf8.count - String(shape[0]).utf8.count + longestCount
    let total = 128 * ((longest + 127) / 128)
    text += String(repeating: " ", count: total - 11 - text.utf8.count) + "\n"
    let length = total - 10
    return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
  }
}

/// The few Python literals that a NumPy header is made of.
enum PythonLiteral: Equatable {
  case text(String)
  case flag(Bool)
  case tuple([Int])

  /// Reads `{'name': literal, …}`; `nil` if it is anything else.
  static func dictionary(_ text: String) -> [String: PythonLiteral]? {
    var rest = Substring(text)
    var fields: [String: PythonLiteral] = [:]
    guard take("{", from: &rest) else { return nil }
    while !take("}", from: &rest) {
      guard let name = quoted(&rest), take(":", from: &rest), let value = literal(&rest) else {
        return nil
      }
      fields[name] = value
      guard take(",", from: &rest) || rest.first == "}" else { return nil }
      skipSpaces(&rest)
    }
    skipSpaces(&rest)
    return rest.isEmpty ? fields : nil
  }

  private static func literal(_ rest: inout Substring) -> PythonLiteral? {
    skipSpaces(&rest)
    if let text = quoted(&rest) { return .text(text) }
    for (word, value) in [("True", true), ("False", false)] where rest.hasPrefix(word) {
      rest.removeFirst(word.count)
      skipSpaces(&rest)
      return .flag(value)
    }
    guard take("(", from: &rest) else { return nil }
    var numbers: [Int] = []
    while !take(")", from: &rest) {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(digits) else { return nil }
      numbers.append(number)
      rest.removeFirst(digits.count)
      guard take(",", from: &rest) || rest.first == ")" else { return nil }
      skipSpaces(&rest)
    }
    return .tuple(numbers)
  }

  private static func quoted(_ rest: inout Substring) -> String? {
    skipSpaces(&rest)
    guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
    let body = rest.dropFirst()
    guard let end = body.firstIndex(of: quote) else { return nil }
    rest = body[body.index(after: end)...]
    skipSpaces(&rest)
    return String(body[..<end])
  }

  private static func take(_ mark: Character, from rest: inout Substring) -> Bool {
    skipSpaces(&rest)
    guard rest.first == mark else { return false }
    rest.removeFirst()
    skipSpaces(&rest)
    return true
  }

  private static func skipSpaces(_ rest: inout Substring) {
    while let first = rest.first, first == " " || first == "\n" { rest.removeFirst() }
  }
}
