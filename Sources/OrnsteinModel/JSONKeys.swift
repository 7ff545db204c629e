/// Finds names that appear twice in a JSON object, which decoders pass over in silence.
enum JSONKeys {
  /// A name that appears twice on the first or second level, or `nil`.
  ///
  /// Reads just strings, brackets and colons, so it needs no valid JSON.
  static func repeated(in bytes: ArraySlice<UInt8>) -> String? {
    var names: [Set<[UInt8]>] = []
    var text: [UInt8] = []
    var isInText = false
    var isEscaped = false
    for byte in bytes {
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
          continue
        }
        text.append(byte)
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isInText = true
        text.removeAll(keepingCapacity: true)
      case UInt8(ascii: "{"): names.append([])
      case UInt8(ascii: "}"): _ = names.popLast()
      case UInt8(ascii: ":"):
        guard !names.isEmpty else { continue }
        if !names[names.count - 1].insert(text).inserted {
          return String(decoding: text, as: UTF8.self)
        }
      default: continue
      }
    }
    return nil
  }
}
