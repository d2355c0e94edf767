/// Returns the values that each operation is the last one to read, in ascending order.
///
/// - Parameter reads: The values that each operation reads, in the order of the operations.
func lastReads(of reads: [[Int]]) -> [[Int]] {
  var last: [Int: Int] = [:]
  for (index, values) in reads.enumerated() {
    for value in values { last[value] = index }
  }
  var result = [[Int]](repeating: [], count: reads.count)
  for (value, index) in last.sorted(by: { $0.key < $1.key }) { result[index].append(value) }
  return result
}
