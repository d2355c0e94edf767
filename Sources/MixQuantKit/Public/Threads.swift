public import Foundation

/// Numbers of threads.
public enum Threads {
  /// One per processor that is active.
  public static var all: Int { ProcessInfo.processInfo.activeProcessorCount }
}
