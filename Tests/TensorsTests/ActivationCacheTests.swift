import Execution
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Activation caches")
struct ActivationCacheTests {
  private static let storages: [CacheStorage] = [
    .memory, .file(in: FileManager.default.temporaryDirectory),
  ]

  private func filled(
    _ tensor: Tensor, largestImage: Int = 0, _ storage: CacheStorage
  ) throws -> ActivationCache {
    let cache = try ActivationCache(
      images: tensor.rowCount, largestImage: max(largestImage, tensor.imageShape.count),
      storage: storage)
    for first in stride(from: 0, to: tensor.rowCount, by: 4) {
      cache.append(tensor[rows: first..<min(first + 4, tensor.rowCount)])
    }
    return cache
  }

  @Test("Images are returned unchanged, in the requested order", arguments: storages)
  func rows(storage: CacheStorage) throws {
    let images = randomTensor([11, 3, 20, 30], seed: 1)
    let cache = try filled(images, storage)
    #expect(cache.shape == images.shape && cache.imageShape == [3, 20, 30])
    #expect(cache[rows: 0..<11] == images)
    #expect(cache[rows: 3..<5] == images[rows: 3..<5])
    #expect(cache.gathering(rows: [7, 0, 10]) == images.gathering(rows: [7, 0, 10]))
    #expect(cache.withImages { $0[images.scalars.count - 1] } == images.scalars.last)
  }

  @Test(
    "Images are replaced in place by larger, equally large and smaller ones", arguments: storages)
  func mapInPlace(storage: CacheStorage) throws {
    let images = randomTensor([13, 6, 9, 7], seed: 2)
    let cache = try filled(images, largestImage: 3 * images.imageShape.count, storage)
    cache.mapInPlace(by: 5) { thrice($0) }
    #expect(cache[rows: 0..<13] == thrice(images))
    cache.mapInPlace(by: 4) { Tensor(shape: $0.shape, scalars: $0.scalars.map { -$0 }) }
    cache.mapInPlace(by: 3) { firstMap($0) }
    #expect(
      cache[rows: 0..<13].scalars == firstMap(images).scalars.map { -$0 })
  }

  /// Returns every image with its maps repeated three times.
  private func thrice(_ images: Tensor) -> Tensor {
    let parts = (0..<images.rowCount).flatMap { row in
      [[Float]](repeating: images[rows: row..<row + 1].scalars, count: 3)
    }
    return Tensor(
      shape: [images.rowCount, 3 * images.shape[1], images.shape[2], images.shape[3]],
      scalars: parts.flatMap { $0 })
  }

  /// Returns the first map of every image.
  private func firstMap(_ images: Tensor) -> Tensor {
    let area = images.shape[2] * images.shape[3]
    return Tensor(
      shape: [images.rowCount, 1, images.shape[2], images.shape[3]],
      scalars: (0..<images.rowCount).flatMap { images[rows: $0..<$0 + 1].scalars.prefix(area) })
  }

  @Test("An emptied cache takes images of another shape", arguments: storages)
  func removeAll(storage: CacheStorage) throws {
    let cache = try filled(randomTensor([6, 4, 5, 5], seed: 3), storage)
    cache.removeAll()
    #expect(cache.rowCount == 0)
    let others = randomTensor([6, 2, 3, 3], seed: 4)
    cache.append(others)
    #expect(cache[rows: 0..<6] == others)
  }

  @Test("A cache in a file leaves no name in the folder")
  func nameless() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = try ActivationCache(images: 4, largestImage: 8, storage: .file(in: folder))
    cache.append(Tensor(zeros: [4, 2, 2, 2]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("If no file can be made, the error names the folder and the number of bytes")
  func noFile() {
    let folder = URL(filePath: "/nowhere")
    let large = FileManager.default.temporaryDirectory
    for (folder, images) in [(folder, 4), (large, 1 << 44)] {
      #expect {
        _ = try ActivationCache(images: images, largestImage: 8, storage: .file(in: folder))
      } throws: { error in
        let error = error as? InputError
        return error?.kind == .cannotWrite && error?.place == folder.path
          && error?.what.contains("\(images * 8 * 4) bytes") == true
      }
    }
  }
}
