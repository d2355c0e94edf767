internal import CMPI
package import Execution
package import Files
internal import Foundation

/// This process among the ranks that a launcher such as `mpirun` started.
///
/// Every exchange carries a mark: data, a failure or the end. A rank with an error sends it in place of its
/// next data, so that all ranks stop at the same exchange and none waits for ever.
package final class RankedProcess: Sendable {
  private enum Mark: UInt8 { case data, failure, end }

  private let rank: Int
  private let count: Int
  private let stop: @Sendable (InputError) -> Never

  /// The environment variables in which launchers state the place of a process.
  private static let variables = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]

  /// Joins the other ranks; returns nil if no launcher started this process.
  ///
  /// - Parameter stop: Ends the process if another rank failed or was lost.
  /// - Throws: `usage` if a launcher started the process and the program is built without MPI, or if MPI
  ///   cannot start.
  package static func join(
    stop: @escaping @Sendable (InputError) -> Never
  ) throws(InputError) -> RankedProcess? {
    let environment = ProcessInfo.processInfo.environment
    guard let variable = variables.first(where: { environment[$0] != nil }) else { return nil }
    guard cm_is_built_in() != 0 else {
      if variable == variables[0], environment[variable] == "1" { return nil }
      throw InputError(
        .unusableRanks, "cannot run as one of several ranks", at: variable,
        because: "a launcher of MPI set this variable, but this program is built without MPI",
        try: "build it with `swift build -c release --traits MPI`, or start it without the launcher"
      )
    }
    var (rank, count): (Int32, Int32) = (0, 1)
    guard cm_join(&rank, &count) == 0 else {
      throw InputError(
        .unusableRanks, "cannot join the other ranks", at: "MPI_Init",
        because: "MPI does not start",
        try: "check the launcher, which must belong to the MPI library of the program")
    }
    return RankedProcess(rank: Int(rank), count: Int(count), stop: stop)
  }

  private init(rank: Int, count: Int, stop: @escaping @Sendable (InputError) -> Never) {
    self.rank = rank
    self.count = count
    self.stop = stop
  }

  /// The ranks of this run; an exchange ends the process if another rank failed or was lost.
  package var ranks: Ranks {
    Ranks(rank: rank, count: count) { [self] in gather($0, .data) }
  }

  /// Waits until all ranks have finished, and ends the use of MPI.
  package func finish() {
    _ = gather(Data(), .end)
    cm_leave()
  }

  /// Sends a failure of this rank to the others and ends the use of MPI.
  ///
  /// - Returns: The failure to report: that of the lowest rank with one.
  package func fail(_ failure: InputError) -> InputError {
    let first = Self.failure(in: (try? exchange(Data(json(failure).utf8), .failure)) ?? [])
    cm_leave()
    return first ?? failure
  }

  private func gather(_ data: Data, _ mark: Mark) -> [Data] {
    guard let parts = try? exchange(data, mark) else {
      stop(
        InputError(
          .lostRank, "cannot continue", at: "MPI", because: "another rank was lost"))
    }
    if let failure = Self.failure(in: parts) {
      cm_leave()
      stop(failure)
    }
    guard parts.allSatisfy({ $0.mark == mark }) else {
      stop(
        InputError(
          .internalError, "cannot continue", at: "MPI", because: "the ranks are out of step",
          try: "report it with the command line and the version"))
    }
    return parts.map(\.data)
  }

  private struct Part {
    let mark: Mark
    let data: Data
  }

  private static func failure(in parts: [Part]) -> InputError? {
    guard let part = parts.first(where: { $0.mark == .failure }) else { return nil }
    return (try? jsonDecoder.decode(InputError.self, from: part.data))
      ?? InputError(
        .internalError, "cannot continue", at: "MPI",
        because: "the error of another rank is not readable")
  }

  private struct LostRank: Error {}

  private func exchange(_ data: Data, _ mark: Mark) throws -> [Part] {
    let own = Data([mark.rawValue]) + data
    var sizes = [Int64](repeating: 0, count: count)
    guard cm_gather_sizes(Int64(own.count), &sizes) == 0 else { throw LostRank() }
    var all = Data(count: Int(sizes.reduce(0, +)))
    let code = own.withUnsafeBytes { own in
      all.withUnsafeMutableBytes { all in
        cm_gather(
          own.baseAddress, Int32(rank), Int32(count), sizes,
          all.baseAddress?.assumingMemoryBound(to: UInt8.self))
      }
    }
    guard code == 0 else { throw LostRank() }
    var start = 0
    return sizes.map { size in
      defer { start += Int(size) }
      return Part(
        mark: Mark(rawValue: all[start]) ?? .failure,
        data: all.subdata(in: start + 1..<start + Int(size)))
    }
  }
}
