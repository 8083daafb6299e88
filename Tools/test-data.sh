#!/usr/bin/env bash
# Holds Tools/data.sh against small archives of its own: fetching, going on, verifying, hostile and damaged archives,
# kills. Needs no network; what needs a server that breaks off is left out, and said so, where there is no python3. Takes
# a few seconds, and ends at the first surprise, naming it.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
server='' child=''
cleanUp() {
  for process in $server $child; do
    kill -KILL "$process" 2>/dev/null || true
    # Its end needs no mention.
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanUp EXIT
cd "$work"
unset DATA MIRROR NO_EXTRA

fail() {
  echo "test-data: $*" >&2
  [[ -s stderr ]] && sed 's/^/  stderr: /' stderr >&2
  exit 1
}

# expect CODE COMMAND...: runs it, keeps its streams in ./stdout and ./stderr, checks its exit code.
expect() {
  local wanted=$1 code=0
  shift
  "$@" >stdout 2>stderr </dev/null || code=$?
  ((code == wanted)) || fail "exit code $code instead of $wanted from: $*"
}

# says WORD...: on stderr.
says() { for word; do grep -qFe "$word" stderr || fail "no mention of: $word"; done; }

# only FILE...: nothing else lies below data.
only() {
  local found
  found=$(cd data 2>/dev/null && find . -mindepth 1 ! -type d -o -name '.unpacking*' | sort | sed 's,^\./,,')
  [[ $found == "$(printf '%s\n' "$@" | sort)" ]] || fail "below data lies: ${found:-nothing}; instead of: $*"
}

# --- A data set of two members and a single file, one of one optional file, and what is wrong with others.

mkdir -p site/set source/set outside
head -c 300000 /dev/urandom >source/set/one.bin
head -c 200000 /dev/urandom >source/set/two.bin
echo none >source/set/readme.html
head -c 400000 /dev/urandom >site/single.mat
head -c 1000 /dev/urandom >site/more.mat
chmod 600 source/set/one.bin
ln -s one.bin source/set/link.bin
ln source/set/one.bin source/set/twin.bin
mkfifo source/set/pipe
echo escaped >escape.txt
echo other >source/other.txt

sum() { md5sum "$1" | cut -d ' ' -f 1; }
# pack NAME ENTRY...: an archive of them.
pack() { tar --create --gzip --absolute-names --file "site/$1" --directory source -- "${@:2}"; }
# tableOf FILE ARCHIVE [BYTES]: the table whose archive it is, with the checksum it has; BYTES of its first member.
tableOf() {
  cat >"$1" <<TABLE
file set $2 $(stat -c %s "site/$2") $(sum "site/$2") http://127.0.0.1:9/nowhere/$2
member set $2 set/one.bin ${3:-300000}
member set $2 set/two.bin 200000
# A comment, and an empty line.

file single single.mat - $(sum site/single.mat) http://127.0.0.1:9/nowhere/single.mat
extra single more.mat 1000 $(sum site/more.mat) http://127.0.0.1:9/nowhere/more.mat
packaged boxed $work/package some-package
file boxed more.mat 1000 $(sum site/more.mat) http://127.0.0.1:9/nowhere/more.mat
TABLE
}
members=(set/one.bin set/two.bin)
pack good.tar.gz "${members[@]}" set/readme.html
tableOf table good.tar.gz
data=("$tools/data.sh" --table table)
# from URL COMMAND...
from() { MIRROR=$1 "${@:2}"; }
here=file://$work/site

unpacked=(set/set/MD5SUMS set/set/one.bin set/set/two.bin)
isUnpacked() {
  for name in one.bin two.bin; do cmp "source/set/$name" "data/set/set/$name" || fail "$name is another one"; done
  [[ $(stat -c %a data/set/set/one.bin) == 644 ]] || fail "one.bin has the mode $(stat -c %a data/set/set/one.bin)"
}
# Everything a test might write to by mistake.
outside() { find . -path ./data -prune -o ! -name stdout ! -name stderr -newer mark -print | grep -vx . || true; }

echo "test-data: fetched, then nothing to do" >&2
expect 0 from "$here/" "${data[@]}" all
only "${unpacked[@]}" set/good.tar.gz single/single.mat single/more.mat boxed/more.mat
isUnpacked
[[ $(wc -l <stdout) == 3 ]] && grep -q "^set: fetched and verified" stdout || fail "no line for each data set"
find data -type f -exec stat -c '%n %Y %Z %i' {} + | sort >before
# The network is not needed any more, and neither is the archive.
expect 0 "${data[@]}" all
find data -type f -exec stat -c '%n %Y %Z %i' {} + | sort | cmp -s - before || fail "the second call changed something"
[[ $(grep -c "nothing to do" stdout) == 3 && ! -s stderr ]] || fail "the second call does not say that it did nothing"
rm data/set/good.tar.gz
expect 0 "${data[@]}" set

echo "test-data: what is there is verified" >&2
printf x | dd of=data/set/set/two.bin bs=1 seek=1000 conv=notrunc status=none
printf y | dd of=data/set/set/two.bin bs=1 seek=1001 conv=notrunc status=none
expect 2 from "$here" "${data[@]}" set
says data/set/set "changed since it was unpacked" "Remove data/set/set"
head -c 100 source/set/two.bin >data/set/set/two.bin
expect 2 from "$here" "${data[@]}" set
says "data/set/set/two.bin has 100 bytes instead of 200000"
rm -r data/set/set
expect 0 from "$here" "${data[@]}" set
isUnpacked
# Unpacked by somebody else: sizes are all that is known.
rm -r data/set
mkdir -p data/set
cp -r source/set data/set/set
expect 0 "${data[@]}" set
printf x >>data/single/single.mat
expect 2 from "$here" "${data[@]}" single
says data/single/single.mat "MD5" "It stays"
rm -r data

echo "test-data: no network" >&2
expect 2 from http://127.0.0.1:9 "${data[@]}" all
only ""
for name in good.tar.gz single.mat more.mat; do
  says "$name could not be fetched" "http://127.0.0.1:9/nowhere/$name" "MD5 $(sum "site/$name")"
done
says data/set/good.tar.gz data/single/single.mat "the same command then verifies and unpacks it" some-package
[[ ! -e data/boxed ]] || fail "an empty folder hides the package's"
# As the message says.
mkdir -p data/set
cp site/good.tar.gz data/set
expect 0 from http://127.0.0.1:9 "${data[@]}" set
isUnpacked
rm -r data
# The published table: every file with its address, checksum and place.
expect 2 from http://127.0.0.1:9 "$tools/data.sh" cifar10 cifar100 svhn
only ""
for words in "cifar10/cifar-10-binary.tar.gz c32a1d4ab5d03f1284b67883e8d87530 https://www.cs.toronto.edu/~kriz" \
  "cifar100/cifar-100-binary.tar.gz 03b5dce01913d631647c71ecec9e9cb8 https://www.cs.toronto.edu/~kriz" \
  "svhn/train_32x32.mat e26dedcc434d2e4c54c9b2d4a06d8373 http://ufldl.stanford.edu/housenumbers" \
  "svhn/test_32x32.mat eb5a983be6a315427106f1b164d9cef3 http://ufldl.stanford.edu/housenumbers" \
  "svhn/extra_32x32.mat a93ce644f1a588dc4d68dda5feec44a7 http://ufldl.stanford.edu/housenumbers"; do
  read -r place sum site <<<"$words"
  says "data/$place" "MD5 $sum" "$site/${place#*/}"
done
expect 2 env NO_EXTRA=1 MIRROR=http://127.0.0.1:9 "$tools/data.sh" svhn
! grep -q extra_32x32 stderr || fail "NO_EXTRA=1 asks for the extra images"
rm -rf data

echo "test-data: options, and a package" >&2
expect 0 env NO_EXTRA=1 "MIRROR=$here" "${data[@]}" single
only single/single.mat
mkdir package data/boxed
cp site/more.mat package
touch data/boxed/more.mat.part
expect 0 "${data[@]}" boxed
grep -q "some-package" stdout || fail "the package is not mentioned"
[[ ! -e data/boxed ]] || fail "a folder without files hides the package's"
mkdir data/boxed
echo wrong >data/boxed/more.mat
expect 2 "${data[@]}" boxed
says "data/boxed/more.mat has 6 bytes instead of 1000" "remove data/boxed"
rm -r data package
expect 0 env "DATA=elsewhere/a b" "MIRROR=$here" "${data[@]}" set
cmp -s source/set/one.bin "elsewhere/a b/set/set/one.bin" || fail "DATA with a blank is not used"
expect 2 "${data[@]}" none
says none set single
expect 2 "${data[@]}"
expect 2 from ftp://127.0.0.1 "${data[@]}" set
says MIRROR
expect 2 "$tools/data.sh" --table absent set
for line in "file set ../up.mat 1 $(sum table) u" "file set .hidden 1 $(sum table) u" "file set a 1 00 u" "walk" \
  "member set none set/one.bin 3" "file set a -1 $(sum table) u" "file set a 1 $(sum table) u v"; do
  printf '\n%s\n' "$line" >bad
  expect 2 "$tools/data.sh" --table bad set
  says "bad, line 2"
done
cp table bad
echo "member set good.tar.gz set/../one.bin 3" >>bad
expect 2 "$tools/data.sh" --table bad set
says "bad, line 10"
[[ ! -e data ]] || fail "bad usage made a folder"

echo "test-data: wrong checksums" >&2
mkdir -p data/set data/single
head -c -1 site/good.tar.gz >data/set/good.tar.gz
cp data/set/good.tar.gz wrong
expect 2 from "$here" "${data[@]}" set
says "data/set/good.tar.gz has $(stat -c %s wrong) bytes" "It stays"
cmp -s wrong data/set/good.tar.gz || fail "a wrong file that was put there by hand did not stay"
only set/good.tar.gz
printf z >>data/set/good.tar.gz
expect 2 from "$here" "${data[@]}" set
says "has the MD5 $(sum data/set/good.tar.gz) instead of $(sum site/good.tar.gz)"
only set/good.tar.gz
rm -r data
sed 's/^\(file set .* \)[0-9a-f]\{32\} /\100000000000000000000000000000000 /' table >other
expect 2 from "$here" "$tools/data.sh" --table other set
says "MD5 $(sum site/good.tar.gz) instead of 0000" "was removed"
only ""

echo "test-data: going on" >&2
mkdir -p data/set
head -c 100000 site/good.tar.gz >data/set/good.tar.gz.part
expect 0 from "$here" "${data[@]}" set
isUnpacked
# One that is complete already needs no network; one that is so over a network, one that is the beginning of something else, one that is too long.
site=http://127.0.0.1:9
for part in "cat site/good.tar.gz" "cat site/good.tar.gz" "head -c 5000 site/single.mat" "cat site/good.tar.gz site/good.tar.gz"; do
  rm -r data/set
  mkdir data/set
  $part >data/set/good.tar.gz.part
  expect 0 from "$site" "${data[@]}" set
  site=$here
  isUnpacked
  only "${unpacked[@]}" set/good.tar.gz
done
# What a process left that was killed within unpacking.
rm -r data/set/set
mkdir -p data/set/.unpacking.abcdef/set
cp source/set/one.bin data/set/.unpacking.abcdef/set
expect 0 "${data[@]}" set
isUnpacked
only "${unpacked[@]}" set/good.tar.gz
rm -r data

echo "test-data: archives that must not be unpacked" >&2
# refused ARCHIVE WHAT...: exit code 2, every word on stderr; nothing is unpacked or written elsewhere.
refused() {
  local archive=$1
  shift
  tableOf hostile "$archive"
  sleep 0.01
  touch mark
  expect 2 from "$here" "$tools/data.sh" --table hostile set
  says "data/set/$archive" "nothing was unpacked" "$@"
  only "set/$archive"
  [[ ! -s stdout ]] || fail "a refusal prints a result"
  [[ -z $(outside) ]] || fail "written outside of data: $(outside)"
  rm -r data
}
pack up.tar.gz "${members[@]}" ../escape.txt
refused up.tar.gz ../escape.txt
pack within.tar.gz "${members[@]}" set/../../escape.txt
refused within.tar.gz set/../../escape.txt
pack absolute.tar.gz "${members[@]}" "$work/escape.txt"
refused absolute.tar.gz "$work/escape.txt" absolute
pack symlink.tar.gz "${members[@]}" set/link.bin
refused symlink.tar.gz set/link.bin link
pack hardlink.tar.gz "${members[@]}" set/twin.bin
refused hardlink.tar.gz set/twin.bin link
pack pipe.tar.gz "${members[@]}" set/pipe
refused pipe.tar.gz set/pipe "neither a file nor a folder"
pack other.tar.gz "${members[@]}" other.txt
refused other.tar.gz other.txt "outside set"
pack missing.tar.gz set/one.bin
refused missing.tar.gz set/two.bin missing
# The folder itself as a link to another one, and a member through it.
ln -s "$work/outside" folder
tar --create --gzip --absolute-names --transform 's,^folder$,set,' --file site/folder.tar.gz folder
refused folder.tar.gz "set " link
tar --create --file site/twice.tar --directory source "${members[@]}"
tar --append --file site/twice.tar --directory source set/one.bin
gzip site/twice.tar
refused twice.tar.gz set/one.bin twice
head -c 300000 site/good.tar.gz >site/truncated.tar.gz
refused truncated.tar.gz "cannot be read to its end"
cp site/single.mat site/noise.tar.gz
refused noise.tar.gz "cannot be read to its end"
tableOf hostile good.tar.gz 300001
expect 2 from "$here" "$tools/data.sh" --table hostile set
says "set/one.bin has 300000 bytes instead of 300001"
only set/good.tar.gz
rm -r data
[[ -z $(ls outside) ]] || fail "something was written through a link"

if ! command -v python3 >/dev/null; then
  echo "test-data: no python3, so no server that breaks off; all else is as it should be" >&2
  exit 0
fi

# --- A server: the first folder of a path says how it behaves. It notes every request and where in the file it starts.

cat >server.py <<'PYTHON'
import http.server, pathlib, re, time

class Handler(http.server.BaseHTTPRequestHandler):
    busy = set()

    def do_GET(self):
        _, how, name = self.path.split("/")
        if not (pathlib.Path("site") / name).exists():
            return self.send_error(404)
        content = (pathlib.Path("site") / name).read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and how != "norange" else 0
        with open("requests", "a") as log:
            log.write(f"{how} {name} {start}\n")
        if how == "busy" and name not in self.busy:
            self.busy.add(name)
            return self.send_error(503)
        if start >= len(content):
            return self.send_error(416)
        if how == "wrong":
            content = bytes(len(content))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        if how == "cut":
            # A third of the file, then the connection is gone.
            self.wfile.write(rest[: len(content) // 3 + 1])
        elif how == "slow":
            for place in range(0, len(rest), 1000):
                if pathlib.Path("stop").exists():
                    break
                self.wfile.write(rest[place : place + 1000])
                time.sleep(0.02)
        else:
            self.wfile.write(rest)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
pathlib.Path("port.new").write_text(str(server.server_address[1]))
pathlib.Path("port.new").rename("port")
server.serve_forever()
PYTHON
python3 server.py 2>server-said &
server=$!
for _ in $(seq 200); do [[ ! -e port ]] || break; sleep 0.05; done
[[ -e port ]] || fail "the server does not start: $(cat server-said)"
url=http://127.0.0.1:$(<port)
archive=$(stat -c %s site/good.tar.gz)

echo "test-data: over HTTP, with servers that break off, are busy, or know no ranges" >&2
: >requests
mkdir -p data/set
head -c 123456 site/good.tar.gz >data/set/good.tar.gz.part
expect 0 from "$url/plain" "${data[@]}" set
isUnpacked
[[ $(<requests) == "plain good.tar.gz 123456" ]] || fail "asked for other bytes: $(<requests)"
for how in cut busy norange; do
  rm -r data/set
  mkdir data/set
  [[ $how != norange ]] || head -c 1000 site/good.tar.gz >data/set/good.tar.gz.part
  : >requests
  expect 0 from "$url/$how" "${data[@]}" set
  isUnpacked
  cp requests "requests-$how"
done
third=$((archive / 3 + 1))
[[ $(<requests-cut) == "cut good.tar.gz 0"$'\n'"cut good.tar.gz $third"$'\n'"cut good.tar.gz $((2 * third))" ]] ||
  fail "does not go on where a server broke off: $(<requests-cut)"
[[ $(wc -l <requests-busy) == 2 && $(wc -l <requests-norange) == 2 ]] || fail "asked more often than it should"
# Without a known size, a complete file is seen by the server's answer.
mkdir -p data/single
cp site/single.mat data/single/single.mat.part
NO_EXTRA=1 expect 0 from "$url/plain" "${data[@]}" single
rm -r data
expect 2 from "$url/wrong" "${data[@]}" set
says "was removed" "instead of $(sum site/good.tar.gz)"
only ""
expect 2 from "$url/plain" "$tools/data.sh" cifar10
says "cifar-10-binary.tar.gz could not be fetched from $url/plain" 404
rm -rf data

echo "test-data: killed in the middle" >&2
part=data/set/good.tar.gz.part
held=0
signals="INT:130 TERM:143 KILL:137"
if [[ $(trap -p INT) == "trap -- '' SIGINT" ]]; then
  echo "test-data: SIGINT is ignored here (a background job of a script): left out" >&2
  signals="TERM:143 KILL:137"
fi
for signal in $signals; do
  # Job control gives the child the default handling of SIGINT, which background jobs of scripts lack.
  set -m
  MIRROR=$url/slow "${data[@]}" set >stdout 2>stderr </dev/null &
  child=$!
  set +m
  for _ in $(seq 500); do
    (($(stat -c %s $part 2>/dev/null || echo 0) <= held)) || break
    sleep 0.02
  done
  if ((held == 0)); then
    expect 2 "${data[@]}" set
    says "another process"
  fi
  kill "-${signal%:*}" "$child"
  code=0
  { wait "$child" || code=$?; } 2>/dev/null
  child=
  ((code == ${signal#*:})) || fail "exit code $code after SIG${signal%:*}"
  # This server needs ten seconds for all of it.
  only set/good.tar.gz.part
  before=$held
  held=$(stat -c %s $part)
  ((held > before && held < archive)) || fail "SIG${signal%:*} did not come in the middle"
done
# The curl of a killed one holds the lock until it ends; then all goes on where it was.
touch stop
for _ in $(seq 100); do
  code=0
  : >requests
  from "$url/plain" "${data[@]}" set >stdout 2>stderr || code=$?
  ((code != 0)) && grep -q "another process" stderr || break
  sleep 0.2
done
((code == 0)) || fail "does not go on after a kill"
isUnpacked
only "${unpacked[@]}" set/good.tar.gz
! grep -q " 0$" requests || fail "began anew after a kill"

echo "test-data: all as it should be" >&2
