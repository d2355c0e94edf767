import PackagePlugin

/// Writes the commit of the checkout into a Swift file before every build, so that a binary knows what it
/// was built from.
@main
struct StampVersion: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) -> [Command] {
    let folder = context.pluginWorkDirectoryURL.appending(path: "Stamp")
    let package = context.package.directoryURL
    return [
      .prebuildCommand(
        displayName: "Stamping the commit",
        executable: package.appending(path: "Scripts/stamp-version"),
        arguments: [package.path(), folder.path()], outputFilesDirectory: folder)
    ]
  }
}
