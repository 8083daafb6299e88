// A process that reads inputs one after another and may die of one. What it has done so far lies in a shared page.

import FileMutations
import Foundation

/// Progress of a worker, shared with the foreman: next index, counts, why it gave up.
struct Page {
  static let size = 4096
  private static let reasonStart = 64
  let start: UnsafeMutableRawPointer

  /// Maps the page of a worker's folder, making it where it is absent.
  init(folder: String) throws {
    let descriptor = open("\(folder)/page", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    guard descriptor >= 0, ftruncate(descriptor, off_t(Self.size)) == 0,
      let start = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED
    else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    self.start = start
  }

  func release() { munmap(start, Self.size) }

  /// 0: the index under way; 1, 2, 3: read equal, read valid, refused; 4: whether the input was made.
  subscript(index: Int) -> Int {
    get { start.load(fromByteOffset: 8 * index, as: Int.self) }
    nonmutating set { start.storeBytes(of: newValue, toByteOffset: 8 * index, as: Int.self) }
  }

  var reason: String {
    get { String(cString: start.assumingMemoryBound(to: CChar.self) + Self.reasonStart) }
    nonmutating set {
      let bytes = Array(newValue.utf8.prefix(Self.size - Self.reasonStart - 1)) + [0]
      UnsafeMutableRawBufferPointer(start: start + Self.reasonStart, count: bytes.count).copyBytes(from: bytes)
    }
  }
}

struct Worker {
  static let gaveUp: Int32 = 3
  let fuzz: Fuzz
  let folder: String

  func run() throws {
    let page = try Page(folder: folder)
    let readers = try Reader.all(originals: fuzz.originals, reference: fuzz.reference, scratch: folder)
    guard let reader = readers.first(where: { $0.name == fuzz.reader }) else { throw POSIXError(.EINVAL) }
    let path = "\(folder)/\(reader.fileName)"
    func giveUp(_ reason: String) -> Never {
      page.reason = reason
      exit(Self.gaveUp)
    }
    for index in fuzz.first..<fuzz.first + fuzz.inputs {
      page[0] = index
      page[4] = 0
      // Ends the process when it runs out.
      alarm(fuzz.seconds)
      let bytes = reader.input(seed: fuzz.seed, index: index)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      page[4] = 1
      let before = Memory.now
      let verdict = reader.verdict(index: index, path: path)
      alarm(0)
      switch verdict {
      case .equal: page[1] += 1
      case .valid: page[2] += 1
      case .refused: page[3] += 1
      case .wrong(let text): giveUp(text)
      }
      let after = Memory.now
      guard after.resident - before.resident <= fuzz.memory << 20, after.virtual - before.virtual <= fuzz.memory << 20
      else {
        giveUp(
          "memory grew by \((after.resident - before.resident) >> 20) MiB resident, "
            + "\((after.virtual - before.virtual) >> 20) MiB in all")
      }
    }
    page[0] = fuzz.first + fuzz.inputs
  }
}

/// The greatest memory of this process so far, in bytes.
struct Memory {
  var resident = 0
  var virtual = 0

  static var now: Memory {
    var memory = Memory()
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count > 1, let kilobytes = Int(words[1]) else { continue }
      if words[0] == "VmHWM:" { memory.resident = kilobytes << 10 }
      if words[0] == "VmPeak:" { memory.virtual = kilobytes << 10 }
    }
    return memory
  }
}
