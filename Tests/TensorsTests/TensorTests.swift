import Files
import Tensors
import Testing

@Suite("Tensors, shapes and state dicts")
struct TensorTests {
  private let counting = Tensor(shape: [3, 2, 2], scalars: (0..<12).map(Float.init))

  @Test("A shape counts scalars and prints its extents")
  func shape() {
    let shape: Shape = [64, 3, 7, 7]
    #expect(shape.count == 9408)
    #expect(shape.rank == 4)
    #expect("\(shape)" == "64×3×7×7")
    #expect(Shape([]).count == 1)
    #expect("\(Shape([]))" == "scalar")
  }

  @Test("Rows are copied in the requested order")
  func rows() {
    #expect(counting[rows: 1..<3].scalars == [4, 5, 6, 7, 8, 9, 10, 11])
    #expect(counting[rows: 1..<1].shape == [0, 2, 2])
    let gathered = counting.gathering(rows: [2, 0, 2])
    #expect(gathered.shape == [3, 2, 2])
    #expect(gathered.scalars == [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
  }

  @Test("Reshaping keeps the scalars")
  func reshaping() {
    let flat = counting.reshaped([12])
    #expect(flat.shape == [12])
    #expect(flat.scalars == counting.scalars)
  }

  @Test("A state dict keeps the order of the file, and nil removes a tensor")
  func stateDict() {
    var tensors = StateDict()
    for name in ["b", "a", "c"] { tensors[name] = counting }
    tensors["a"] = Tensor(zeros: [1])
    #expect(tensors.names == ["b", "a", "c"])
    #expect(tensors["a"]?.shape == [1])
    tensors["b"] = nil
    #expect(tensors.names == ["a", "c"])
    #expect(tensors["b"] == nil)
  }

  @Test("Renaming keeps the order and drops tensors that get no name")
  func renaming() {
    var tensors = StateDict()
    for name in ["module.b", "optimizer", "module.a"] { tensors[name] = counting }
    let renamed = tensors.renaming { $0.hasPrefix("module.") ? String($0.dropFirst(7)) : nil }
    #expect(renamed.names == ["b", "a"])
    #expect(renamed.count == 2)
  }

  @Test("An error for people says what, where, why and what next, in one line")
  func inputError() {
    let error = InputError(
      .badData, "cannot read the checkpoint", at: "a.pth", because: "it is empty", try: "copy it")
    #expect("\(error)" == "cannot read the checkpoint: a.pth: it is empty; copy it")
    let bare = InputError(.usage, "no images", at: "--limit", because: "0 is too few")
    #expect("\(bare)" == "no images: --limit: 0 is too few")
  }
}
