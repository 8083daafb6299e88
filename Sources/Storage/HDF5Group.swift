// Groups: made, opened, listed. Only hard links are followed: a file cannot send its reader to other files.

import CHDF5

/// A group of an open file.
public final class HDF5Group: HDF5Object {
  public let file: HDF5File
  public let name: String
  private let owner: HDF5Handle?
  private let identifier: hid_t

  var id: hid_t {
    precondition(file.isOpen, "\(name) used after its file was closed")
    return identifier
  }

  private init(file: HDF5File, name: String, owner: HDF5Handle?, identifier: hid_t) {
    self.file = file
    self.name = name
    self.owner = owner
    self.identifier = identifier
  }

  /// The library takes a file's identifier for its root group.
  static func root(of file: HDF5File, id: hid_t) -> HDF5Group {
    HDF5Group(file: file, name: "/", owner: nil, identifier: id)
  }

  /// Creation order of attributes (and links) tracked and indexed, as netCDF requires; no time stamps.
  static func setOrder(_ creation: hid_t, links: Bool) -> Bool {
    let flags = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    return H5Pset_obj_track_times(creation, false) >= 0 && H5Pset_attr_creation_order(creation, flags) >= 0
      && (!links || H5Pset_link_creation_order(creation, flags) >= 0)
  }

  func child(_ name: String) -> String { self.name == "/" ? "/\(name)" : "\(self.name)/\(name)" }

  /// - Throws: `StorageError.writeFailed`, also where the name is taken.
  public func createGroup(_ name: String) throws -> HDF5Group {
    guard let creation = HDF5Handle(H5Pcreate(pof_group_creation()), H5Pclose),
      Self.setOrder(creation.id, links: true),
      let handle = HDF5Handle(H5Gcreate2(id, name, 0, creation.id, 0), H5Gclose)
    else { throw writeFailure("group \(child(name))") }
    return HDF5Group(file: file, name: child(name), owner: handle, identifier: handle.id)
  }

  /// Names of groups and data sets, in the order in which they were made.
  public func names() throws -> [String] {
    let count = pof_link_count(id)
    // A link takes more than one byte of the file, so no count that the library believes is beyond reason here.
    guard count >= 0 else { throw damage(name) }
    return try (0..<UInt64(count)).map { index in
      try text(of: name) { buffer, size in
        H5Lget_name_by_idx(id, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, buffer, size, 0)
      }
    }
  }

  /// Whether there is a group or data set of that name.
  public func contains(_ name: String) throws -> Bool {
    let found = H5Lexists(id, name, 0)
    guard found >= 0 else { throw damage(child(name)) }
    return found > 0
  }

  /// The group under a path of names, such as `metrics/train`.
  /// - Throws: `StorageError.missing`, `.wrongType`, `.damaged`.
  public func group(_ path: String) throws -> HDF5Group {
    try path.split(separator: "/").reduce(self) { group, part in
      let name = String(part)
      let handle = try group.openChild(name, type: H5I_GROUP, called: "a group")
      return HDF5Group(file: file, name: group.child(name), owner: handle, identifier: handle.id)
    }
  }

  /// - Throws: `StorageError.missing`; `.wrongType` also for links elsewhere.
  public func dataset(_ name: String) throws -> HDF5Dataset {
    let handle = try openChild(name, type: H5I_DATASET, called: "a data set")
    return HDF5Dataset(file: file, name: child(name), handle: handle)
  }

  private func openChild(_ name: String, type: H5I_type_t, called expected: String) throws -> HDF5Handle {
    guard try contains(name) else { throw StorageError.missing(path: file.path, object: child(name)) }
    let isHard = pof_link_is_hard(id, name)
    guard isHard >= 0 else { throw damage(child(name)) }
    guard isHard > 0 else {
      throw StorageError.wrongType(path: file.path, object: child(name), expected: expected, found: "a link elsewhere")
    }
    guard let handle = HDF5Handle(H5Oopen(id, name, 0), H5Oclose) else { throw damage(child(name)) }
    guard H5Iget_type(handle.id) == type else {
      throw StorageError.wrongType(path: file.path, object: child(name), expected: expected, found: "something else")
    }
    return handle
  }
}
