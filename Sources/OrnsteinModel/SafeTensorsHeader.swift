import OrnsteinNumerics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The header of a safetensors file: where each tensor lies.
struct SafeTensorsHeader {
  /// A tensor that was checked to lie in the file.
  struct Entry {
    var name: String
    var type: String
    var shape: [Int]
    var count: Int
    /// The byte of the file at which the elements begin.
    var start: Int

    func tensor(in bytes: [UInt8]) -> Tensor {
      bytes.withUnsafeBytes { raw in
        func words<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> [Word] {
          (0..<count).map { index in
            let offset = start + index * MemoryLayout<Word>.size
            return Word(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Word.self))
          }
        }
        let elements: Tensor.Elements =
          switch type {
          case "F32": .float(words(UInt32.self).map(Float.init(bitPattern:)))
          case "F64": .double(words(UInt64.self).map(Double.init(bitPattern:)))
          default: .integer(words(Int64.self))
          }
        return Tensor(name: name, shape: shape, elements: elements)
      }
    }
  }

  static let longestHeader = 100_000_000
  private static let metadataKey = "__metadata__"

  let entries: [Entry]
  let metadata: [String: String]

  init(_ bytes: [UInt8], file: String) throws(ModelFileError) {
    guard bytes.count >= 8 else {
      throw .wrongLength(file: file, reason: "\(bytes.count) bytes are too few for a header length")
    }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
    guard length <= UInt64(Self.longestHeader) else {
      throw .header(file: file, reason: "it announces a header of \(length) bytes")
    }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw .wrongLength(
        file: file, reason: "the header should take \(length) bytes, \(bytes.count - 8) are there")
    }
    let text = bytes[8..<start]
    if let name = JSONKeys.repeated(in: text) {
      throw .header(file: file, reason: "the name \"\(name)\" appears twice in the header")
    }
    let items: [String: HeaderItem]
    do {
      items = try JSONDecoder().decode([String: HeaderItem].self, from: Data(text))
    } catch {
      throw .header(file: file, reason: "its header is not the JSON that the format asks for")
    }
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for (name, item) in items.sorted(by: { $0.key < $1.key }) {
      switch item {
      case .metadata(let texts) where name == Self.metadataKey: metadata = texts
      case .tensor(let place) where name != Self.metadataKey:
        entries.append(
          try Self.entry(name, place, dataBytes: bytes.count - start, start: start, file: file))
      default: throw .header(file: file, reason: "its entry \"\(name)\" has the wrong form")
      }
    }
    try Self.checkPlaces(entries, from: start, to: bytes.count, file: file)
    self.entries = entries
    self.metadata = metadata
  }

  private static func entry(
    _ name: String, _ place: HeaderItem.Place, dataBytes: Int, start: Int, file: String
  ) throws(ModelFileError) -> Entry {
    func error(_ reason: String) -> ModelFileError {
      .tensor(file: file, name: name, reason: reason)
    }
    let widths = ["F32": 4, "F64": 8, "I64": 8]
    guard let width = widths[place.dtype] else {
      throw error("elements of type \(place.dtype) are not read; only F32, F64 and I64 are")
    }
    var count = 1
    for length in place.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { throw error("the shape \(place.shape) is impossible") }
      count = product
    }
    guard place.data_offsets.count == 2 else { throw error("it has no two data offsets") }
    let (first, last) = (place.data_offsets[0], place.data_offsets[1])
    guard first >= 0, first <= last, last <= dataBytes else {
      throw error(
        "its bytes \(first) to \(last) are not in the file, which has \(dataBytes) of them")
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: width)
    guard !overflow, size == last - first else {
      throw error(
        "the shape \(place.shape) of \(place.dtype) does not fill its \(last - first) bytes")
    }
    return Entry(
      name: name, type: place.dtype, shape: place.shape, count: count, start: start + first)
  }

  /// Tensors lie one behind the other and fill the file.
  private static func checkPlaces(
    _ entries: [Entry], from start: Int, to end: Int, file: String
  ) throws(ModelFileError) {
    var next = start
    for entry in entries.sorted(by: {
      ($0.start, $0.count, $0.name) < ($1.start, $1.count, $1.name)
    }) {
      guard entry.start == next else {
        throw .tensor(
          file: file, name: entry.name,
          reason: entry.start < next
            ? "it overlaps another tensor" : "bytes before it belong to no tensor")
      }
      next += entry.count * (entry.type == "F32" ? 4 : 8)
    }
    guard next == end else {
      throw .wrongLength(file: file, reason: "\(end - next) bytes follow the last tensor")
    }
  }

  /// The length and the JSON of a header, padded with spaces to a multiple of 8 bytes.
  static func bytes(of tensors: [Tensor], metadata: [String: String]) -> [UInt8] {
    var items: [String: HeaderItem] = [:]
    if !metadata.isEmpty { items[metadataKey] = .metadata(metadata) }
    var offset = 0
    for tensor in tensors {
      precondition(tensor.name != metadataKey, "A tensor cannot be named \(metadataKey).")
      let end = offset + tensor.count * tensor.elementWidth
      items[tensor.name] = .tensor(
        HeaderItem.Place(dtype: tensor.typeName, shape: tensor.shape, data_offsets: [offset, end]))
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(items) else {
      preconditionFailure("A header of texts and numbers always has a JSON form.")
    }
    let padding = (8 - json.count % 8) % 8
    let length = UInt64(json.count + padding)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + Array(json)
      + Array(repeating: UInt8(ascii: " "), count: padding)
  }
}

/// One entry of a header.
private enum HeaderItem: Codable {
  // The names of the format.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  struct Place: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  case metadata([String: String])
  case tensor(Place)

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let place = try? value.decode(Place.self) {
      self = .tensor(place)
    } else {
      self = .metadata(try value.decode([String: String].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .metadata(let texts): try value.encode(texts)
    case .tensor(let place): try value.encode(place)
    }
  }
}
