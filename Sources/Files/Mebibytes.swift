extension Int {
  /// This many bytes in MiB.
  package var mebibytes: Double { Double(self) / 1_048_576 }
}
