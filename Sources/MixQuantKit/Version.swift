/// The version that `--version` prints and that stands in every packed file.
package let toolVersion = "0.1.0"
