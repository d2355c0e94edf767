import Files
import Graphs

/// The output of a step, with the layout that the file gives it.
struct ONNXValue {
  /// An axis of images: their number, channels, rows and columns.
  enum Axis { case batch, channels, rows, columns }

  /// A part of the file's next operation, which has no step of its own.
  enum Pending: Equatable {
    /// Zeros around the maps, which the next convolution or pooling takes as its padding.
    case padding(Int)
    /// The pixels beside the edges, mirrored, which a filter against aliasing reads.
    case mirror
    /// Every n-th row and column only.
    case stride(rows: Int, columns: Int)
  }

  /// The index of the step.
  var step: Int
  /// The axes in the order of the file; a graph's node always has (N, C, H, W).
  var axes: [Axis] = maps
  var channels: Int
  /// The extents of the maps; nil if the file leaves them open.
  var height: Int?
  var width: Int?
  var pending: Pending?
  /// True for the output of a final softmax, which is left out.
  var isProbability = false

  static let maps: [Axis] = [.batch, .channels, .rows, .columns]
  static let rows: [Axis] = [.batch, .channels]

  /// True if every map is known to be one pixel.
  var isPooled: Bool { height == 1 && width == 1 }

  /// The sizes in the order of the file; nil for the number of images and for open sizes.
  var extents: [Int?] {
    axes.map {
      switch $0 {
      case .batch: nil
      case .channels: channels
      case .rows: height
      case .columns: width
      }
    }
  }

  /// Returns the axis at a place that may count from the end, or nil if there is none.
  func axis(_ place: Int) -> Axis? {
    let place = place < 0 ? place + axes.count : place
    return axes.indices.contains(place) ? axes[place] : nil
  }
}

/// A step of the network in the order of the file, before nodes have names.
struct ONNXStep {
  var operation: Operation
  var inputs: [Int]
  /// The file's node; nil for the input.
  let node: ONNXNodeReader?
  /// The name of the initializer with the weights or scales; empty if there is none.
  var parameter = ""
}

/// The ranges of a slice along its axes.
struct ONNXSlice {
  let starts: [Int]
  let ends: [Int]
  let axes: [Int]
  let steps: [Int]

  /// Reads a slice, whose ranges are inputs or, in old files, attributes.
  ///
  /// - Parameter input: Returns the integers of an input, or nil if it is absent.
  init(
    _ node: ONNXNodeReader, input: (Int) throws(InputError) -> [Int?]?
  ) throws(InputError) {
    func numbers(_ index: Int, _ attribute: String) throws(InputError) -> [Int]? {
      guard let numbers = try input(index) else { return try node.integers(attribute) }
      let known = numbers.compactMap { $0 }
      guard known.count == numbers.count else {
        throw node.refused("its range is not known before images arrive")
      }
      return known
    }
    let starts = try numbers(1, "starts") ?? []
    ends = try numbers(2, "ends") ?? []
    axes = try numbers(3, "axes") ?? Array(starts.indices)
    steps = try numbers(4, "steps") ?? [Int](repeating: 1, count: starts.count)
    self.starts = starts
    guard !starts.isEmpty, [ends.count, axes.count, steps.count].allSatisfy({ $0 == starts.count })
    else { throw node.refused("its ranges are incomplete") }
  }
}
