/// The version that `--version` prints and every packed file holds.
package let toolVersion = "0.1.0"
