// Valid HDF5 that is not what its reader expects, made through the library itself: wrong types, ranks and extents, links
// elsewhere, filters and storage of all kinds, odd attributes, other versions of the format.

import CHDF5
import Foundation
import Storage

/// Names of an HDF5 file's objects, from which targets are drawn.
struct HDF5Contents {
  var groups: [String] = []
  var datasets: [String] = []
  /// Object and name.
  var attributes: [(object: String, name: String)] = []

  init(_ path: String) {
    HDF5Library.locked {
      let file = H5Fopen(path, pof_read_only(), 0)
      add(file, "")
      H5Fclose(file)
    }
  }

  private mutating func add(_ object: hid_t, _ name: String) {
    for index in 0..<UInt64(max(0, pof_attribute_count(object))) {
      let attribute = HDF5Forgeries.text {
        H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, $0, $1, 0)
      }
      attributes.append((name.isEmpty ? "/" : name, attribute))
    }
    guard H5Iget_type(object) != H5I_DATASET else {
      datasets.append(name)
      return
    }
    groups.append(name.isEmpty ? "/" : name)
    for index in 0..<UInt64(max(0, pof_link_count(object))) {
      let link = HDF5Forgeries.text {
        H5Lget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, $0, $1, 0)
      }
      let child = H5Oopen(object, link, 0)
      add(child, "\(name)/\(link)")
      H5Oclose(child)
    }
  }
}

enum HDF5Forgeries {
  /// The only name of another file that a forgery holds, and its own. No such file can exist, in any folder: the name is
  /// longer than names can be, and goes on behind a device. The library writes through links, external and virtual storage
  /// and looks for their files in the current folder too: with a real name, making the forgery could destroy that file.
  private static let elsewhere = "/dev/null/" + String(repeating: "elsewhere", count: 40) + ".h5"

  /// Forges one to three objects of a file; nil where the library does not take the file.
  static func forge(_ bytes: [UInt8], _ contents: HDF5Contents, _ draws: inout Draws) -> [UInt8]? {
    HDF5Library.locked {
      H5open()
      let access = H5Pcreate(pof_file_access())
      defer { H5Pclose(access) }
      H5Pset_fapl_core(access, 1 << 16, false)
      H5Pset_fclose_degree(access, H5F_CLOSE_STRONG)
      if draws.once(in: 3) { H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110) }
      var image = bytes
      guard H5Pset_file_image(access, &image, image.count) >= 0 else { return nil }
      let file = H5Fopen(elsewhere, 1, access)
      guard file >= 0 else { return nil }
      if draws.once(in: 16) { return remade(file, &draws) }
      for _ in 0...(draws.once(in: 4) ? 2 : 0) { edit(file, contents, &draws) }
      return closed(file)
    }
  }

  private static func closed(_ file: hid_t) -> [UInt8]? {
    defer { H5Fclose(file) }
    H5Fflush(file, H5F_SCOPE_GLOBAL)
    let count = H5Fget_file_image(file, nil, 0)
    guard count > 0 else { return nil }
    var image = [UInt8](repeating: 0, count: count)
    return H5Fget_file_image(file, &image, count) == count ? image : nil
  }

  /// The same objects in a file of another version or layout.
  private static func remade(_ source: hid_t, _ draws: inout Draws) -> [UInt8]? {
    defer { H5Fclose(source) }
    let (access, creation) = (H5Pcreate(pof_file_access()), H5Pcreate(pof_file_creation()))
    defer {
      H5Pclose(access)
      H5Pclose(creation)
    }
    H5Pset_fapl_core(access, 1 << 16, false)
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG)
    H5Pset_libver_bounds(access, draws.pick([H5F_LIBVER_EARLIEST, H5F_LIBVER_V18, H5F_LIBVER_V110]), H5F_LIBVER_V110)
    switch draws.below(6) {
    case 0: H5Pset_userblock(creation, draws.pick([512, 2048]))
    case 1: H5Pset_file_space_strategy(creation, H5F_FSPACE_STRATEGY_PAGE, true, 1)
    case 2: H5Pset_sizes(creation, draws.pick([4, 8]), draws.pick([4, 8]))
    case 3: H5Pset_shared_mesg_nindexes(creation, 1)
    default: break
    }
    H5Pset_link_creation_order(creation, 3)
    H5Pset_attr_creation_order(creation, 3)
    let file = H5Fcreate(elsewhere, pof_truncate(), creation, access)
    guard file >= 0 else { return nil }
    copy(source, to: file)
    return closed(file)
  }

  /// Copies a group's attributes and all that lies in it. (H5Ocopy of 1.10.8 crashes on many attributes of strings.)
  private static func copy(_ source: hid_t, to target: hid_t) {
    copyAttributes(source, target)
    for index in 0..<UInt64(max(0, pof_link_count(source))) {
      let name = text { H5Lget_name_by_idx(source, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, $0, $1, 0) }
      let object = H5Oopen(source, name, 0)
      if H5Iget_type(object) == H5I_GROUP {
        let group = H5Gcreate2(target, name, 0, 0, 0)
        copy(object, to: group)
        close(group, H5Gclose)
      } else {
        let (type, space) = (H5Dget_type(object), H5Dget_space(object))
        var values = [UInt8](repeating: 0, count: Int(H5Sget_simple_extent_npoints(space)) * H5Tget_size(type) + 1)
        let dataset = H5Dcreate2(target, name, type, space, 0, 0, 0)
        if H5Dread(object, type, 0, 0, 0, &values) >= 0 { _ = H5Dwrite(dataset, type, 0, 0, 0, values) }
        close(dataset, H5Dclose)
        close(type, H5Tclose)
        close(space, H5Sclose)
      }
      close(object, H5Oclose)
    }
  }

  private static func copyAttributes(_ source: hid_t, _ target: hid_t) {
    for index in 0..<UInt64(max(0, pof_attribute_count(source))) {
      let attribute = H5Aopen_by_idx(source, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, 0, 0)
      let (type, space) = (H5Aget_type(attribute), H5Aget_space(attribute))
      let name = text { H5Aget_name(attribute, $1, $0) }
      var value = [UInt8](repeating: 0, count: 16)
      if H5Sget_simple_extent_type(space) == H5S_SCALAR, H5Tget_size(type) <= 16, H5Aread(attribute, type, &value) >= 0
      {
        let copy = H5Acreate2(target, name, type, space, 0, 0)
        H5Awrite(copy, type, value)
        H5Dvlen_reclaim(type, space, 0, &value)
        close(copy, H5Aclose)
      }
      close(attribute, H5Aclose)
      close(type, H5Tclose)
      close(space, H5Sclose)
    }
  }

  static func text(_ call: (UnsafeMutablePointer<CChar>, Int) -> Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
      guard let start = buffer.baseAddress, call(start, buffer.count) >= 0 else { return "" }
      return String(cString: start)
    }
  }

  // MARK: Edits

  private static func edit(_ file: hid_t, _ contents: HDF5Contents, _ draws: inout Draws) {
    switch draws.below(8) {
    case 0...2:
      let name = draws.pick(contents.datasets)
      if !draws.once(in: 6) { H5Ldelete(file, name, 0) }
      if !draws.once(in: 8) { put(file, name, contents, &draws) }
    case 3:  // A group, or something in its place.
      let name = draws.pick(contents.groups)
      guard name != "/" else { return }
      H5Ldelete(file, name, 0)
      if !draws.once(in: 3) { put(file, name, contents, &draws) }
    case 4:  // Something more.
      let names = [
        "extra", "Extra", "epoch", "a/b/c", "..", "\u{e9}", String(repeating: "n", count: 40_000), "conv1.weight ",
      ]
      put(file, "\(draws.pick(contents.groups))/\(draws.pick(names))", contents, &draws)
      if draws.once(in: 4) {
        let group = draws.pick(contents.groups)
        for index in 0..<200 { close(H5Gcreate2(file, "\(group)/extra\(index)", 0, 0, 0), H5Gclose) }
      }
    default:
      let (object, name) = draws.pick(contents.attributes)
      let handle = H5Oopen(file, object, 0)
      guard handle >= 0 else { return }
      H5Adelete(handle, name)
      if !draws.once(in: 8) { putAttribute(handle, name, &draws) }
      H5Oclose(handle)
    }
  }

  private static func close(_ id: hid_t, _ close: (hid_t) -> herr_t) { if id >= 0 { _ = close(id) } }

  /// Something under a name.
  private static func put(_ file: hid_t, _ name: String, _ contents: HDF5Contents, _ draws: inout Draws) {
    let other = draws.pick(contents.datasets + contents.groups)
    switch draws.below(12) {
    case 0: H5Lcreate_soft(draws.pick([other, name, "/nowhere", "/", ".."]), file, name, 0, 0)
    case 1:
      H5Lcreate_external(elsewhere, other, file, name, 0, 0)
    case 2: H5Lcreate_hard(file, other, file, name, 0, 0)
    case 3: close(H5Gcreate2(file, name, 0, 0, 0), H5Gclose)
    case 4:
      let type = self.type(&draws)
      if H5Tcommit2(file, name, type, 0, 0, 0) < 0 { break }
      close(type, H5Tclose)
    default: putDataset(file, name, &draws)
    }
  }

  private static func putDataset(_ file: hid_t, _ name: String, _ draws: inout Draws) {
    let type =
      draws.once(in: 3) ? self.type(&draws) : H5Tcopy(draws.pick([pof_float32_le(), pof_float64_be(), pof_int64_le()]))
    let creation = H5Pcreate(pof_dataset_creation())
    let space = self.space(&draws)
    let rank = H5Sget_simple_extent_ndims(space)
    defer {
      close(type, H5Tclose)
      close(creation, H5Pclose)
      close(space, H5Sclose)
    }
    let chunk = [hsize_t](repeating: draws.pick([1, 3, 64, 4096, 1 << 20, 1 << 31]), count: max(1, Int(rank)))
    // Content is only ever written into the forgery itself.
    var (isChunked, isOdd, isElsewhere) = (false, false, false)
    switch draws.below(8) {
    case 0: H5Pset_layout(creation, H5D_COMPACT)
    case 1: H5Pset_layout(creation, H5D_CONTIGUOUS)
    case 2:  // Storage in another file.
      isElsewhere = true
      H5Pset_external(creation, elsewhere, 0, draws.pick([8, 1 << 40]))
    case 3:
      isElsewhere = true
      let source = H5Screate_simple(1, [10], nil)
      H5Pset_virtual(creation, space, elsewhere, "/metrics/train/loss", source)
      close(source, H5Sclose)
    default:
      isChunked = rank > 0 && H5Pset_chunk(creation, rank, chunk) >= 0
      let filter = draws.below(8)
      isOdd = (3...5).contains(filter)
      switch filter {
      case 0: H5Pset_shuffle(creation)
      case 1: H5Pset_deflate(creation, 9)
      case 2: H5Pset_fletcher32(creation)
      case 3: H5Pset_nbit(creation)
      case 4: H5Pset_scaleoffset(creation, H5Z_SO_INT, 2)
      case 5: H5Pset_filter(creation, 300, UInt32(H5Z_FLAG_OPTIONAL), 0, nil)
      default: break
      }
    }
    if draws.once(in: 8) { H5Pset_alloc_time(creation, H5D_ALLOC_TIME_LATE) }
    // An extent that is allocated at once would be the forger's own problem.
    let bytes = H5Sget_simple_extent_npoints(space).multipliedReportingOverflow(by: hssize_t(H5Tget_size(type)))
    guard isChunked || (!bytes.overflow && bytes.partialValue <= 1 << 20) else { return }
    let dataset = H5Dcreate2(file, name, type, space, 0, creation, 0)
    guard dataset >= 0 else { return }
    // What the library cannot write safely, chunks of the highest rank among it, is left without content.
    let isPlain =
      rank < 32 && !isElsewhere && !bytes.overflow && (1...1 << 16).contains(bytes.partialValue) && chunk[0] <= 4096
      && !isOdd
      && H5Tget_size(type) <= 8
      && [H5T_INTEGER, H5T_FLOAT].contains(H5Tget_class(type))
    if isPlain, draws.once(in: 2) {
      let values = [UInt8](repeating: draws.byte(), count: Int(bytes.partialValue) + 8)
      _ = H5Dwrite(dataset, type, 0, 0, 0, values)
    }
    if isPlain, isChunked, draws.once(in: 2) {
      // A chunk as it will be stored: noise, or far more than its size once inflated.
      let zeros = [UInt8](repeating: 0, count: draws.pick([100, 1 << 20]))
      let stored =
        draws.once(in: 2)
        ? [0x78, 0xda] + Gzip.deflated(zeros, level: 9) + Gzip.adler(zeros) : Array(zeros.prefix(100))
      _ = H5Dwrite_chunk(
        dataset, 0, draws.pick([0, 1, .max]), [hsize_t](repeating: 0, count: Int(rank)), stored.count, stored)
    }
    H5Dclose(dataset)
  }

  private static func space(_ draws: inout Draws) -> hid_t {
    switch draws.below(8) {
    case 0: return H5Screate(H5S_SCALAR)
    case 1: return H5Screate(H5S_NULL)
    case 2:
      let rank = draws.pick([2, 4, 32])
      return H5Screate_simple(Int32(rank), [hsize_t](repeating: draws.pick([0, 1, 2]), count: rank), nil)
    case 3: return H5Screate_simple(4, [16, 1, 3, 3], nil)
    case 4: return H5Screate_simple(1, [draws.pick([1 << 20, 1 << 40, 1 << 62])], nil)
    case 5: return H5Screate_simple(2, [1 << 31, 1 << 31], nil)
    default: return H5Screate_simple(1, [hsize_t(draws.below(6))], [draws.pick([8, .max])])
    }
  }

  private static func type(_ draws: inout Draws) -> hid_t {
    let number = H5Tcopy(draws.pick([pof_int64_le(), pof_float64_le(), pof_float32_be()]))
    let result: hid_t
    switch draws.below(12) {
    case 0:
      H5Tset_size(number, draws.pick([1, 2, 4, 16, 64]))
      return number
    case 1:
      H5Tset_precision(number, 13)
      H5Tset_offset(number, 3)
      return number
    case 2: result = H5Tarray_create2(number, 1, [draws.pick([1, 3, 1 << 12])])
    case 3: result = H5Tvlen_create(number)
    case 4:
      result = H5Tcreate(H5T_COMPOUND, 24)
      H5Tinsert(result, "a", 0, number)
      H5Tinsert(result, "b", 16, number)
    case 5: result = H5Tcreate(H5T_OPAQUE, draws.pick([1, 8, 1 << 12]))
    case 6: result = H5Tenum_create(pof_int64_le())
    case 7...8:
      result = H5Tcopy(text8())
      H5Tset_size(result, draws.pick([1, 8, 64, 1 << 12]))
      H5Tset_strpad(result, draws.pick([H5T_STR_NULLTERM, H5T_STR_NULLPAD, H5T_STR_SPACEPAD]))
    case 9: result = H5Tvlen_create(text8())
    case 10: result = H5Tarray_create2(text8(), 1, [2])
    default: result = pof_string_type()
    }
    H5Tclose(number)
    return result
  }

  /// A fixed-length string type of one character; leaks nothing that matters to a process of bounded work.
  private static func text8() -> hid_t { H5Tcreate(H5T_STRING, 1) }

  private static func putAttribute(_ object: hid_t, _ name: String, _ draws: inout Draws) {
    let isPlain = draws.once(in: 2)
    let type = isPlain ? H5Tcopy(draws.pick([pof_int64_le(), pof_int64_be(), pof_float64_le()])) : self.type(&draws)
    let space =
      draws.once(in: 2)
      ? H5Screate(H5S_SCALAR)
      : draws.once(in: 2) ? H5Screate(H5S_NULL) : H5Screate_simple(1, [draws.pick([0, 1, 3, 7000])], nil)
    defer {
      close(type, H5Tclose)
      close(space, H5Sclose)
    }
    let attribute = H5Acreate2(object, name, type, space, 0, 0)
    guard attribute >= 0 else { return }
    if isPlain, H5Sget_simple_extent_npoints(space) <= 7000 {
      let values = (0..<7000).map { _ in draws.pick([0, 1, -1, 1 << 60]) }
      H5Awrite(attribute, type, values)
    } else if H5Tis_variable_str(type) > 0, H5Sget_simple_extent_type(space) == H5S_SCALAR {
      let texts = ["", "1.0", "2.0", "done", "{}", "\u{e9}", String(repeating: "x", count: 5000)]
      var bytes = draws.pick(texts).utf8.map { CChar(bitPattern: $0) } + [0]
      if draws.once(in: 4) { bytes.insert(CChar(bitPattern: 0xff), at: 0) }
      bytes.withUnsafeMutableBufferPointer { bytes in
        withUnsafePointer(to: bytes.baseAddress) { _ = H5Awrite(attribute, type, $0) }
      }
    }
    H5Aclose(attribute)
  }
}
