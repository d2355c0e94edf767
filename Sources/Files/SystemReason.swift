internal import Foundation

/// Returns the reason why the system refused, in the system's words.
///
/// Foundation's own text for such an error is only a domain and a number.
package func systemReason(_ error: any Error) -> String {
  var cause = error as NSError
  var isFolder: ObjCBool = false
  if let path = cause.userInfo[NSFilePathErrorKey] as? String,
    FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
  {
    return "it is a folder"
  }
  while let underlying = cause.userInfo[NSUnderlyingErrorKey] as? NSError { cause = underlying }
  if cause.domain == NSPOSIXErrorDomain { return systemReason(Int32(cause.code)) }
  let code = CocoaError.Code(rawValue: cause.code)
  return cause.domain == NSCocoaErrorDomain
    ? systemCodes[code].map { systemReason($0) } ?? cause.localizedDescription
    : cause.localizedDescription
}

/// The error numbers behind Foundation's own errors, which do not always name them.
private let systemCodes: [CocoaError.Code: Int32] = [
  .fileReadNoPermission: EACCES, .fileWriteNoPermission: EACCES, .fileNoSuchFile: ENOENT,
  .fileReadNoSuchFile: ENOENT, .fileWriteOutOfSpace: ENOSPC, .fileWriteVolumeReadOnly: EROFS,
  .fileWriteFileExists: EEXIST,
]

/// Returns the system's words for an error number.
package func systemReason(_ code: Int32) -> String { String(cString: strerror(code)) }
