import ArgumentParser
import Files
import Studies

/// The command that examines the machine and gives advice.
struct DoctorCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Examines processor, kernels, BLAS, memory, disk and speed, and gives advice.",
    discussion: """
      The speed check takes about two seconds.

      Examples:

        mixq doctor
        mixq doctor --json
      """)

  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let diagnosis = Diagnosis(context: common.context)
    try emit(common.json ? json(diagnosis, isPretty: true) : diagnosis.text)
  }
}
