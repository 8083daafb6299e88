// Owner of raw memory. One owner per arena or workspace, never one per tensor; copies only by name.

import Foundation

/// Uninitialised or zeroed memory for `count` elements, aligned to 64 bytes (one AVX-512 register).
///
/// Memory of large buffers is handed out by the system page by page as it is first touched, so a workspace costs what
/// is used of it.
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
  public static var alignment: Int { 64 }

  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int

  /// - Parameter zeroed: whether to touch and clear the memory; otherwise its content is undefined.
  public init(count: Int, zeroed: Bool = true) {
    precondition(count >= 0, "a buffer's count is not negative")
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
    if zeroed { memset(raw, 0, bytes) }
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// The whole buffer as a view that must not outlive its owner.
  public var view: UnsafeMutableBufferPointer<Element> { .init(start: pointer, count: count) }
}
