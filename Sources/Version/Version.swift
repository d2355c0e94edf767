/// The version that `--version` prints and that stands in every packed file: the number, and the tag or
/// commit that the build stamped into the binary (Plugins/StampVersion).
package let toolVersion = "0.1.0 (\(stampedCommit))"
