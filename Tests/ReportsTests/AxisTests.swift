import Reports
import Testing

@Suite("Axes")
struct AxisTests {
  @Test("Linear ticks are round numbers around the values")
  func linear() {
    let axis = Axis(covering: [78.14, 81.74], from: 100, to: 0)
    #expect(axis.ticks == [78, 79, 80, 81, 82])
    #expect(axis(78) == 100 && axis(82) == 0 && axis(80) == 50)
  }

  @Test("Equal values still have an axis, and none at all too")
  func degenerate() {
    for values in [[3.0, 3], [0], []] {
      let axis = Axis(covering: values, from: 0, to: 10)
      #expect(axis.ticks.count >= 2 && axis.domain.upperBound > axis.domain.lowerBound)
      for value in values { #expect((0...10).contains(axis(value))) }
    }
  }

  @Test("A wide span of positive values is laid out by its logarithm")
  func logarithmic() {
    let axis = Axis(covering: [0.1, 10], from: 0, to: 100, .fitting)
    #expect(axis.isLogarithmic && axis.ticks.contains(1))
    #expect(abs(axis(1) - 50) < 1e-9)
    #expect(!Axis(covering: [1, 10], from: 0, to: 1, .fitting).isLogarithmic)
    #expect(!Axis(covering: [0, 0.1, 10], from: 0, to: 1, .fitting).isLogarithmic)
  }

  @Test(
    "Logarithmic ticks are few, ascending and inside",
    arguments: [[0.02, 0.9], [1e-9, 1e3], [3e-5, 12], [1, 25]])
  func fewTicks(values: [Double]) {
    let axis = Axis(covering: values, from: 0, to: 1, .fitting)
    #expect(axis.isLogarithmic && (2...7).contains(axis.ticks.count))
    #expect(axis.ticks == axis.ticks.sorted())
    #expect(axis.ticks.allSatisfy(axis.domain.contains))
  }

  @Test("Values beyond the ends, zero on a logarithmic axis and NaN stay on the paper")
  func outliers() {
    let axis = Axis(covering: [0.1, 10, .infinity, .nan], from: 0, to: 100, .fitting)
    for value in [-1, 0, 1e300, .infinity, .nan] { #expect((0...100).contains(axis(value))) }
  }
}

@Suite("Labels")
struct LabelPlacementTests {
  @Test("Labels that have room stay where they belong")
  func room() { #expect(spread([10, 40], distance: 15, within: 0...100) == [10, 40]) }

  @Test("Labels that touch are centred on where they belong, in the same order")
  func touching() {
    #expect(spread([52, 50], distance: 10, within: 0...100) == [56, 46])
    #expect(spread([50, 50, 50], distance: 10, within: 0...100) == [40, 50, 60])
  }

  @Test("Labels stay within the range while they fit, and never overlap")
  func bounds() {
    #expect(spread([0, 0], distance: 10, within: 0...100) == [0, 10])
    #expect(spread([100, 99], distance: 10, within: 0...100) == [100, 90])
    let crowded = spread([99, 50, 98, 97, 3, 2], distance: 15, within: 0...100).sorted()
    for (first, second) in zip(crowded, crowded.dropFirst()) { #expect(second - first >= 15) }
  }
}

@Suite("Numbers")
struct NumbersTests {
  @Test(
    "Three digits, no zeros behind",
    arguments: [
      (0, "0"), (0.001234, "0.00123"), (12.5, "12.5"), (3, "3"), (1037, "1037"), (0.1, "0.1"),
      (1.2e-7, "1.2e-07"), (.infinity, "∞"),
    ] as [(Double, String)])
  func short(value: Double, text: String) { #expect(Numbers.short(value) == text) }

  @Test(
    "Counts in thousands and millions",
    arguments: [(432, "432"), (9216, "9.2k"), (589_824, "590k"), (2_359_296, "2.36M")])
  func count(value: Int, text: String) { #expect(Numbers.count(value) == text) }

  @Test(
    "A divergence has four decimals, and more where it is small",
    arguments: [
      (0, "0.0000"), (0.10584, "0.1058"), (0.0031, "0.0031"), (0.000312, "0.00031"),
      (2e-6, "0.0000020"), (13.24, "13.2400"), (.infinity, "inf"),
    ] as [(Double, String)])
  func nats(value: Double, text: String) { #expect(Numbers.nats(value) == text) }

  @Test("An interval has the decimals of its larger end, a difference has signs")
  func intervals() {
    #expect(Numbers.nats(0.10584, low: 0.09841, high: 0.1132) == "0.1058 [0.0984, 0.1132]")
    #expect(
      Numbers.nats(-0.00003, low: -0.00041, high: 0.00035, isDifference: true)
        == "-0.00003 [-0.00041, +0.00035]")
  }

  @Test("No p value is zero")
  func pValues() {
    #expect([0.93274, 0.0001, 0.00001].map(Numbers.p) == ["0.9327", "0.0001", "<0.0001"])
  }

  @Test("Coordinates have a decimal at most and no negative zero")
  func coordinate() {
    #expect(["1.5", "2", "0"] == [1.46, 2, -0.01].map(Numbers.coordinate))
  }
}
