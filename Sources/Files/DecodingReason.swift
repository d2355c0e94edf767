/// Returns the reason why JSON could not be decoded, as a clause that names the key.
package func decodingReason(_ error: any Error) -> String {
  guard let error = error as? DecodingError else { return systemReason(error) }
  let (context, reason): (DecodingError.Context, String) =
    switch error {
    case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
    case .valueNotFound(_, let context): (context, "the value is null")
    case .typeMismatch(let type, let context): (context, "the value is not of type \(type)")
    case .dataCorrupted(let context): (context, context.debugDescription)
    @unknown default: (.init(codingPath: [], debugDescription: ""), systemReason(error))
    }
  let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
  return path.isEmpty ? reason : "\(path.joined(separator: ".")): \(reason)"
}
