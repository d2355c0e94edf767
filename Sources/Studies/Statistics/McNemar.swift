import Foundation
package import MixQuantKit

extension Statistics {
  /// The exact two-sided p of McNemar's test: of `onlyFirst + onlySecond` images that just one of two
  /// classifiers got right, how unlikely so uneven a split is if both are equally good.
  package static func mcNemar(onlyFirst: Int, onlySecond: Int) -> Double {
    let n = onlyFirst + onlySecond
    guard n > 0 else { return 1 }
    let tail = (0...min(onlyFirst, onlySecond)).reduce(0.0) { sum, k in
      sum + exp(logBinomial(n, k) - Double(n) * log(2))
    }
    return min(1, 2 * tail)
  }

  /// The same of two classifiers' answers to the same images: whether each was right, one an image.
  package static func mcNemar(_ first: [Bool], _ second: [Bool]) -> Double {
    precondition(first.count == second.count, "\(first.count) answers against \(second.count)")
    let pairs = zip(first, second)
    return mcNemar(
      onlyFirst: pairs.count { $0 && !$1 }, onlySecond: pairs.count { !$0 && $1 })
  }

  private static func logBinomial(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
  }
}
