import Foundation
import Testing

@testable import Storage

/// Examples of FIPS 180-4 and NIST's test vectors.
@Test(arguments: [
  ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
  ),
  (
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
  ),
  (
    String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
  ),
])
func sha256KnownAnswers(text: String, digest: String) {
  #expect(SHA256.hex(text) == digest)
}

/// Pieces of every length around the block's 64 bytes give what the whole gives.
@Test func sha256InPieces() {
  let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
  let whole = SHA256.digest(bytes)
  for length in [1, 3, 55, 56, 63, 64, 65, 127, 128, 129, 999] {
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: length) {
      hash.update(Array(bytes[start..<min(start + length, bytes.count)]))
    }
    #expect(hash.finish() == whole)
  }
  // Messages whose padding just fits and just does not.
  #expect(Set((50..<70).map { SHA256.hex(SHA256.digest([UInt8](repeating: 0, count: $0))) }).count == 20)
}

@Test(.enabled(if: Tool.exists("sha256sum")))
func sha256AgreesWithCoreutils() throws {
  let scratch = try Scratch()
  for count in 0..<130 where count % 7 == 0 || 54...65 ~= count {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ 5) }
    try Scratch.put(bytes, scratch.path("x"))
    let output = try Tool.run("sha256sum", [scratch.path("x")]).output
    #expect(output.hasPrefix(SHA256.hex(SHA256.digest(bytes))))
  }
}
