internal import Foundation

/// Numbers of threads.
public enum Threads {
  /// The number of active processors.
  public static var all: Int { ProcessInfo.processInfo.activeProcessorCount }
}
