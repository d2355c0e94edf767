package import Files

/// Returns the error that `body` throws, if it throws an `InputError`.
package func inputError(_ body: () throws -> Void) -> InputError? {
  do { try body() } catch { return error as? InputError }
  return nil
}
