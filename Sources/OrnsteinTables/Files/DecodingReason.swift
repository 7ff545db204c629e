/// What an error of decoding JSON says, with the path of the place, for the middle of a sentence.
package func decodingReason(_ error: any Error) -> String {
  func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { key in
      key.intValue.map { "item \($0 + 1)" } ?? key.stringValue
    }
    return path.isEmpty ? "" : " (in \(path.joined(separator: ", ")))"
  }
  guard let error = error as? DecodingError else { return "the text is not valid JSON" }
  switch error {
  case .keyNotFound(let key, let context):
    return "\"\(key.stringValue)\" is absent\(place(context))"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return "a value has the wrong type\(place(context))"
  case .dataCorrupted(let context):
    return context.codingPath.isEmpty
      ? "the text is not valid JSON" : "a value is not allowed\(place(context))"
  @unknown default: return "the text is not valid JSON"
  }
}
