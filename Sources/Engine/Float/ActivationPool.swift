/// Activations that are reused after their last reader.
///
/// They are reused only for the same shape, so that their borders stay zero.
struct ActivationPool {
  let images: Int
  private var free: [BlockedShape: [BlockedActivations]] = [:]

  init(images: Int) { self.images = images }

  mutating func take(_ shape: BlockedShape) -> BlockedActivations {
    free[shape, default: []].popLast() ?? BlockedActivations(shape, images: images)
  }

  mutating func giveBack(_ activations: Activations) {
    guard case .blocked(let activations) = activations else { return }
    free[activations.shape, default: []].append(activations)
  }
}
