/// The version that `--version` prints and every packed file holds.
///
/// It has a number and the tag or commit that the build stamps into it (Plugins/StampVersion).
package let toolVersion = "0.2.0 (\(stampedCommit))"
