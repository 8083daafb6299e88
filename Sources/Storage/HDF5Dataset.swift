// Data sets: whole arrays of numbers, written and read at once. Type, rank and extents are checked before any memory is
// asked for, so a forged header costs nothing.

import CHDF5

/// How a data set lies in the file. Scalars and whatever takes at most 4 KB are stored in the object's header instead,
/// which has a checksum of its own: the index of a chunk alone would take 2 KB.
public enum HDF5Layout: Sendable {
  /// In one piece, without checksum.
  case contiguous
  /// In chunks with fletcher32: for weights, which do not compress.
  case checked
  /// In chunks, shuffled, gzip level 4, with fletcher32.
  case compressed

  static let headerBytes = 1 << 12
}

/// A data set of an open file.
public final class HDF5Dataset: HDF5Object {
  public let file: HDF5File
  public let name: String
  private let handle: HDF5Handle

  init(file: HDF5File, name: String, handle: HDF5Handle) {
    self.file = file
    self.name = name
    self.handle = handle
  }

  var id: hid_t {
    precondition(file.isOpen, "\(name) used after its file was closed")
    return handle.id
  }

  /// Chunks are at most this large, in bytes.
  static let chunkBytes = 1 << 20

  // MARK: What it is

  /// Extents; empty for a scalar.
  public func shape() throws -> [Int] {
    guard let space = HDF5Handle(H5Dget_space(id), H5Sclose) else { throw damage(name) }
    let rank = Int(H5Sget_simple_extent_ndims(space.id))
    guard rank >= 0, H5Sget_simple_extent_type(space.id) != H5S_NULL else { throw damage(name) }
    var extents = [hsize_t](repeating: 0, count: rank)
    guard H5Sget_simple_extent_dims(space.id, &extents, nil) == rank else { throw damage(name) }
    return try extents.map { extent in
      guard let extent = Int(exactly: extent) else { throw damage(name, "extent \(extent)") }
      return extent
    }
  }

  /// Nil for types that this layer does not read.
  public func elementType() throws -> HDF5ElementType? {
    guard let type = HDF5Handle(H5Dget_type(id), H5Tclose) else { throw damage(name) }
    return [.float32, .float64, .int64].first { (kind: HDF5ElementType) in
      kind.stored.contains { H5Tequal(type.id, $0) > 0 }
    }
  }

  // MARK: Reading

  /// All elements, row-major.
  /// - Throws: `StorageError.wrongType`, `.wrongShape`, or `.damaged` where a checksum does not match.
  public func read<Element: HDF5Element>(as _: Element.Type = Element.self, shape: [Int]) throws -> [Element] {
    let count = try validate(Element.self, shape: shape)
    return try [Element](unsafeUninitializedCapacity: count) { buffer, filled in
      try fill(buffer)
      filled = count
    }
  }

  /// Reads all elements, row-major, into the first places of `buffer`.
  /// - Precondition: `buffer` has room for the product of `shape`.
  public func read<Element: HDF5Element>(into buffer: UnsafeMutableBufferPointer<Element>, shape: [Int]) throws {
    let count = try validate(Element.self, shape: shape)
    precondition(buffer.count >= count, "\(name) does not fit")
    try fill(buffer)
  }

  /// A vector of a length that the file decides, up to `limit`.
  public func readVector<Element: HDF5Element>(as _: Element.Type = Element.self, atMost limit: Int) throws -> [Element]
  {
    let found = try shape()
    guard found.count == 1, found[0] <= limit else {
      throw damage(name, "shape \(found), expected a vector of at most \(limit) elements")
    }
    return try read(shape: found)
  }

  /// The number of elements, once type, shape and stored bytes agree with it.
  private func validate<Element: HDF5Element>(_: Element.Type, shape: [Int]) throws -> Int {
    guard let type = try elementType(), type == Element.elementType else {
      let found = try elementType()?.rawValue ?? "another type"
      throw StorageError.wrongType(
        path: file.path, object: name, expected: Element.elementType.rawValue, found: found)
    }
    let found = try self.shape()
    guard found == shape else {
      throw StorageError.wrongShape(path: file.path, object: name, expected: shape, found: found)
    }
    // gzip shrinks to no less than 1 in 1,032: extents that the stored bytes cannot fill are forged.
    let stored = Int(clamping: H5Dget_storage_size(id))
    guard let count = HDF5Dataspace.product(shape), count <= Int.max / 8,
      count * MemoryLayout<Element>.stride / 1100 <= stored, count == 0 || stored > 0
    else { throw damage(name, "extents \(shape), but \(stored) bytes stored") }
    return count
  }

  private func fill<Element: HDF5Element>(_ buffer: UnsafeMutableBufferPointer<Element>) throws {
    guard let start = buffer.baseAddress else { return }
    guard H5Dread(id, Element.elementType.inMemory, 0, 0, 0, start) >= 0 else { throw damage(name) }
  }

  // MARK: Dimension scales

  /// Turns the vector into the scale of a dimension (netCDF: a coordinate variable).
  public func makeScale(_ dimension: String) throws {
    guard H5DSset_scale(id, dimension) >= 0 else { throw writeFailure("scale \(name)") }
  }

  /// Names the coordinates along a dimension.
  public func attach(_ scale: HDF5Dataset, dimension: Int) throws {
    guard H5DSattach_scale(id, scale.id, UInt32(dimension)) >= 0 else { throw writeFailure("scale of \(name)") }
  }

  public var isScale: Bool { H5DSis_scale(id) > 0 }

  public func isAttached(_ scale: HDF5Dataset, dimension: Int) -> Bool {
    H5DSis_attached(id, scale.id, UInt32(dimension)) > 0
  }
}

extension HDF5Group {
  /// Writes a new data set.
  /// - Parameters:
  ///   - values: as many elements as `shape` implies, row-major.
  ///   - shape: extents; empty for a scalar.
  /// - Throws: `StorageError.writeFailed`, also where the name is taken.
  @discardableResult
  public func write<Element: HDF5Element>(
    _ name: String, _ values: [Element], shape: [Int], layout: HDF5Layout
  ) throws -> HDF5Dataset {
    try values.withUnsafeBufferPointer { try write(name, $0, shape: shape, layout: layout) }
  }

  /// Writes a new data set from a part of an arena.
  @discardableResult
  public func write<Element: HDF5Element>(
    _ name: String, _ values: UnsafeBufferPointer<Element>, shape: [Int], layout: HDF5Layout
  ) throws -> HDF5Dataset {
    precondition(values.count == shape.reduce(1, *), "\(name): elements and shape disagree")
    let extents = shape.map { hsize_t($0) }
    let space = shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), extents, nil)
    guard let space = HDF5Handle(space, H5Sclose),
      let creation = HDF5Handle(H5Pcreate(pof_dataset_creation()), H5Pclose),
      HDF5Group.setOrder(creation.id, links: false),
      Self.setLayout(layout, creation.id, extents, elementBytes: MemoryLayout<Element>.stride),
      let handle = HDF5Handle(
        H5Dcreate2(id, name, Element.elementType.stored[0], space.id, 0, creation.id, 0), H5Dclose)
    else { throw writeFailure("data set \(child(name))") }
    if let start = values.baseAddress, values.count > 0 {
      guard H5Dwrite(handle.id, Element.elementType.inMemory, 0, 0, 0, start) >= 0 else {
        throw writeFailure("data set \(child(name))")
      }
    }
    return HDF5Dataset(file: file, name: child(name), handle: handle)
  }

  private static func setLayout(
    _ layout: HDF5Layout, _ creation: hid_t, _ extents: [hsize_t], elementBytes: Int
  ) -> Bool {
    // Here, too, what has no extents or is empty: neither can be chunked.
    if extents.reduce(elementBytes, { $0 * Int($1) }) <= HDF5Layout.headerBytes {
      return H5Pset_layout(creation, H5D_COMPACT) >= 0
    }
    if case .contiguous = layout { return H5Pset_layout(creation, H5D_CONTIGUOUS) >= 0 }
    // Whole where it fits, else some of the outermost rows.
    var chunk = extents
    let row = extents.dropFirst().reduce(elementBytes) { $0 * Int($1) }
    chunk[0] = min(extents[0], hsize_t(max(1, HDF5Dataset.chunkBytes / row)))
    guard H5Pset_chunk(creation, Int32(chunk.count), chunk) >= 0 else { return false }
    if case .compressed = layout {
      guard H5Pset_shuffle(creation) >= 0, H5Pset_deflate(creation, 4) >= 0 else { return false }
    }
    return H5Pset_fletcher32(creation) >= 0
  }
}
