// Mutations that know CIFAR's records, and the elements of SVHN's MATLAB files, whose compressed streams are made anew
// around what was changed, with right checksums.

package enum CIFARMutations {
  /// Mutates a file of records.
  static func mutate(_ file: inout [UInt8], recordBytes: Int, labelBytes: Int, _ draws: inout Draws) {
    let records = file.count / recordBytes
    switch draws.below(8) {
    case 0...1:  // A label, of a class that there is or not.
      guard records > 0 else { return }
      file[draws.below(records) * recordBytes + draws.below(labelBytes)] = draws.pick([
        draws.byte(), draws.byte() % 10, 9, 10, 19, 20, 99, 100,
      ])
    case 2:  // Whole records more or less.
      file += (0..<draws.length(upTo: 50)).flatMap { _ in
        [UInt8](repeating: draws.byte() % 10, count: recordBytes)
      }
    case 3: file.removeLast(recordBytes * draws.below(records + 1))
    case 4:  // A few bytes more or less.
      if draws.once(in: 2) {
        file += (0..<draws.length(upTo: recordBytes)).map { _ in draws.byte() }
      } else {
        file.removeLast(min(file.count, draws.length(upTo: recordBytes)))
      }
    default:
      for _ in 0...draws.below(3) {
        file.mutate(&draws, focus: (0..<records).map { $0 * recordBytes..<$0 * recordBytes + labelBytes })
      }
    }
  }
}

/// A MATLAB file in the making: its variables, whole and not compressed.
package struct MATOriginal {
  var writer: MATWriter
  var variables: [(element: [UInt8], isCompressed: Bool)]

  /// The file as it should be.
  package var bytes: [UInt8] { file(header: writer.header(), level: 6) }

  private func file(header: [UInt8], level: Int32) -> [UInt8] {
    header + variables.flatMap { $0.isCompressed ? writer.compress($0.element, level: level) : $0.element }
  }

  /// A mutated file.
  func mutated(_ draws: inout Draws) -> [UInt8] {
    var copy = self
    var header = writer.header()
    let chosen = draws.below(variables.count)
    let level: Int32 = draws.pick([0, 1, 6, 9])
    for variable in variables.indices where draws.once(in: 4) { copy.variables[variable].isCompressed.toggle() }
    switch draws.below(16) {
    case 0...3:  // A word of a head: tags, class, dimensions, name.
      for _ in 0...draws.below(2) {
        let element = copy.variables[chosen].element
        copy.variables[chosen].element.put(
          element.interesting(&draws), at: 4 * draws.below(min(20, element.count / 4)), bytes: draws.pick([1, 2, 4]),
          bigEndian: writer.isBigEndian)
      }
    case 4...5: copy.variables[chosen].element.mutate(&draws, focus: [0..<72])
    case 6:  // Another type or class, in its place.
      let place = draws.pick([0, 8, 16, 24])
      copy.variables[chosen].element.put(
        UInt64(draws.below(20) | draws.pick([0, 0, 0x0200, 0x0400, 0x0800, 0x1_0000])), at: place, bytes: 4,
        bigEndian: writer.isBigEndian)
    case 7:  // Another number of images or labels than there are values, or a right one.
      let count = draws.pick([0, 1, 2, 4, 39, 40, 41, 1 << 20, 1 << 31 - 1])
      let values = draws.once(in: 2) ? min(count, 41) : 3
      copy.variables.append(
        (
          draws.once(in: 2)
            ? writer.variable("X", 9, [32, 32, 3, count], 2, [UInt8](repeating: draws.byte(), count: values * 3072))
            : writer.variable("y", 9, [count, 1], 2, [UInt8](repeating: draws.byte() % 12, count: values)),
          draws.once(in: 2)
        ))
      if draws.once(in: 2) { copy.variables.remove(at: chosen) }
    case 8: copy.variables.remove(at: chosen)
    case 9: copy.variables.append(draws.pick(copy.variables))
    case 10: copy.variables.swapAt(chosen, draws.below(variables.count))
    case 11:  // The header's version and byte order, or all of it.
      header.mutate(&draws, focus: [124..<128])
    case 12:  // A stream that goes on behind its variable: a bomb, or a few bytes.
      let zeros = [UInt8](repeating: 0, count: draws.pick([1, 7, 8, 1 << 16, 1 << 21]))
      copy.variables[chosen] = (writer.compress(copy.variables[chosen].element + zeros, level: 9), false)
    case 13:  // A stream with forged ends, or with bytes behind it, or cut short.
      var stream = Zlib.stream(copy.variables[chosen].element, level: level)
      switch draws.below(4) {
      case 0: stream[draws.below(2)] = draws.byte()
      case 1: stream.put(draws.word(), at: stream.count - 4, bytes: 4)
      case 2: stream += (0..<draws.length(upTo: 100)).map { _ in draws.byte() }
      default: stream.removeLast(min(stream.count, draws.length(upTo: stream.count)))
      }
      copy.variables[chosen] = (writer.wrap(stream), false)
    case 14:  // Many variables.
      let small = writer.variable("z", 6, [1, 1], 2, [1])
      copy.variables += [(small, draws.once(in: 2))].flatMap { Array(repeating: $0, count: draws.pick([1, 96, 300])) }
    default: break
    }
    var file = copy.file(header: header, level: level)
    // What stands in no variable: tags, streams, ends.
    if draws.once(in: 3) { file.mutate(&draws, focus: [128..<144]) }
    return file
  }
}
