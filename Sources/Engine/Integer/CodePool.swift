/// Activations that are reused after their last reader.
///
/// They are reused only for the same shape, so that borders and missing channels stay zero.
struct CodePool {
  let images: Int
  private var codes: [CodeShape: [CodeActivations]] = [:]
  private var sums: [CodeShape: [SumActivations]] = [:]

  init(images: Int) { self.images = images }

  mutating func codes(_ shape: CodeShape) -> IntegerPlace {
    .codes(codes[shape, default: []].popLast() ?? CodeActivations(shape, images: images))
  }

  mutating func sums(_ shape: CodeShape) -> IntegerPlace {
    .sums(sums[shape, default: []].popLast() ?? SumActivations(shape, images: images))
  }

  mutating func giveBack(_ place: IntegerPlace) {
    switch place {
    case .codes(let activations): codes[activations.shape, default: []].append(activations)
    case .sums(let activations): sums[activations.shape, default: []].append(activations)
    case .images, .logits: break
    }
  }
}
