#!/usr/bin/env bash
# Fetches the published files of data sets into DATA/SET, verifies and unpacks them. What is there is verified and left
# alone; what is half-done goes on. Nothing appears under its final name before its checksum is right.
#
# MIRROR=URL takes every file from URL/NAME in place of its own address; checksums stay the same. --table names another
# list of files and checksums than Tools/data-files.txt (Tools/test-data.sh has one).
set -euo pipefail

usage="usage: [DATA=dir] [NO_EXTRA=1] [MIRROR=url] Tools/data.sh [--table FILE] all | SET..."
data=${DATA:-data} mirror=${MIRROR:-} noExtra=${NO_EXTRA:-0}
table=$(dirname "${BASH_SOURCE[0]}")/data-files.txt

say() { echo "data: $*" >&2; }
fail() {
  say "$*"
  exit 2
}

while [[ ${1-} == -* ]]; do
  [[ $1 == --table && -n ${2-} ]] || fail "$usage"
  table=$2
  shift 2
done
(($#)) || fail "$usage"
# A relative path that begins with a dash would be an option to every tool.
[[ $data != -* ]] || data=./$data
data=${data%/}
[[ -n $data ]] || fail "DATA is the root of the file system: name a folder"
mirror=${mirror%/}
[[ -z $mirror || $mirror =~ ^(https?|file)://[^[:space:]]+$ ]] ||
  fail "MIRROR is $mirror: it must be a URL that begins with https://, http:// or file://"
[[ $noExtra == [01] ]] || fail "NO_EXTRA is $noExtra: it must be 0 or 1"
for tool in curl tar gzip md5sum flock; do
  command -v "$tool" >/dev/null || fail "no $tool in PATH: install the Debian package of that name (flock: util-linux)"
done

work=$(mktemp -d)
child='' temporary=''
cleanUp() {
  if [[ -n $child ]]; then
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  rm -rf "$work" ${temporary:+"$temporary"}
}
trap cleanUp EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# run COMMAND...: in the background, so that a signal to this process is heard at once.
run() {
  local code=0
  # Its own input, which jobs in the background lose.
  "$@" <&0 &
  child=$!
  wait "$child" || code=$?
  child=''
  return "$code"
}

# --- The table. A key is SET/NAME.

sets=()
declare -A files=() extra=() bytes=() md5=() address=() folder=() members=() packaged=() package=()

# A file or folder of its own, not hidden, without blanks.
plain='^[A-Za-z0-9][A-Za-z0-9._-]*$'
readTable() {
  local line number=0 kind set name a b c rest key
  [[ -f $table && -r $table ]] || fail "$table: no such table"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    read -r kind set name a b c rest <<<"$line" || true
    [[ -n $kind && $kind != \#* ]] || continue
    key=$set/$name
    case $kind in
      file | extra)
        [[ $set =~ ^[a-z0-9-]+$ && $name =~ $plain && $a =~ ^([1-9][0-9]*|-)$ && $b =~ ^[0-9a-f]{32}$ && -n $c &&
          -z $rest && -z ${md5[$key]-} ]] || fail "$table, line $number: no $kind as described at its top"
        [[ -n ${files[$set]-} ]] || sets+=("$set")
        files[$set]+="$name "
        extra[$key]=$([[ $kind == file ]] || echo 1)
        bytes[$key]=$a md5[$key]=$b address[$key]=$c
        ;;
      member)
        [[ -n ${md5[$key]-} && ${a%/*} =~ $plain && ${a#*/} =~ $plain && $b =~ ^[1-9][0-9]*$ && -z $c &&
          ${folder[$key]:-${a%/*}} == "${a%/*}" ]] || fail "$table, line $number: no member as described at its top"
        folder[$key]=${a%/*}
        members[$key]+="${a#*/} "
        bytes[$key/${a#*/}]=$b
        ;;
      packaged)
        [[ $name == /* && -n $a && -z $b ]] || fail "$table, line $number: no $kind as described at its top"
        packaged[$set]=$name package[$set]=$a
        ;;
      *) fail "$table, line $number: $kind is none of file, extra, member and packaged" ;;
    esac
  done <"$table"
  ((${#sets[@]})) || fail "$table: lists no file"
}

# --- Verifying

# size FILE: in bytes; 0 where there is none.
size() { stat --dereference --format %s -- "$1" 2>/dev/null || echo 0; }

# isPublished KEY FILE: whether it has the published size and checksum; `found` says what is wrong.
isPublished() {
  local held
  [[ -f $2 ]] || { found="is no regular file"; return 1; }
  held=$(size "$2")
  [[ ${bytes[$1]} == - || $held == "${bytes[$1]}" ]] ||
    { found="has $held bytes instead of ${bytes[$1]}"; return 1; }
  run md5sum 2>"$work/said" <"$2" >"$work/sum" || { found="cannot be read ($(<"$work/said"))"; return 1; }
  read -r held _ <"$work/sum"
  [[ $held == "${md5[$1]}" ]] || { found="has the MD5 $held instead of ${md5[$1]}"; return 1; }
}

# isUnpacked KEY: whether its folder holds what this script unpacked, by the checksums it then wrote; where another has
# unpacked it and there are none, by sizes. `found` is empty where there is no such folder, or says what is wrong.
isUnpacked() {
  local target=$data/${1%/*}/${folder[$1]} name
  found=''
  [[ -e $target || -L $target ]] || return 1
  [[ -d $target ]] || { found="$target is no folder"; return 1; }
  [[ -n $(ls -A -- "$target") ]] || return 1
  for name in ${members[$1]}; do
    [[ -f $target/$name && $(size "$target/$name") == "${bytes[$1/$name]}" ]] || {
      found="$target/$name has $(size "$target/$name") bytes instead of ${bytes[$1/$name]}"
      return 1
    }
  done
  [[ -e $target/MD5SUMS ]] || return 0
  run sums "$target" "$1" >"$work/sums" 2>/dev/null && cmp -s -- "$work/sums" "$target/MD5SUMS" || {
    found="$target has changed since it was unpacked: its files no longer have the checksums in its MD5SUMS"
    return 1
  }
}

# sums FOLDER KEY: the checksums of the members in it.
sums() {
  # shellcheck disable=SC2086 # names without blanks
  (cd -- "$1" && exec md5sum -- ${members[$2]})
}

# --- Fetching

# Addresses that did not answer, with the reason: they are asked once.
declare -A silent=()

# download URL FILE BYTES: appends to the file what it lacks. `reason` says why not.
download() {
  local url=$1 file=$2 site=${1%/*} before code status attempt stalled=0 restarted=0
  local options=(--fail --location --max-redirs 5 --proto '=https,http' --proto-redir '=https,http' --connect-timeout 20
    --speed-limit 1 --speed-time 60 --continue-at - --write-out '%{http_code} %{errormsg}')
  [[ $url != file://* ]] || options+=(--proto '=file')
  [[ $3 == - ]] || options+=(--max-filesize "$3")
  [[ -t 2 ]] && options+=(--progress-bar) || options+=(--silent)
  reason=${silent[$site]-}
  [[ -z $reason ]] || return 1
  say "fetching $url"
  for ((attempt = 1; attempt <= 100; attempt++)); do
    before=$(size "$file") code=0
    run curl "${options[@]}" --output "$file" -- "$url" >"$work/answer" || code=$?
    ((code)) || return 0
    read -r status reason <"$work/answer" || true
    reason=${reason:-curl ended with $code}
    case $code:$status in
      33:* | 36:* | 22:416)
        # A server that cannot go on in the middle, or has nothing beyond the end of what is there.
        ((!restarted)) || return 1
        restarted=1
        rm -f -- "$file"
        continue
        ;;
      # Ended early, timed out, cut off; or a server that is busy.
      18:* | 28:* | 52:* | 55:* | 56:* | 92:* | 22:408 | 22:429 | 22:5??) ;;
      5:* | 6:* | 7:* | 35:* | 60:*) silent[$site]=$reason && return 1 ;;
      *) return 1 ;;
    esac
    (($(size "$file") > before)) && stalled=0 || stalled=$((stalled + 1))
    if ((stalled == 3)); then
      [[ $status != 000 ]] || silent[$site]=$reason
      return 1
    fi
    say "$reason; trying again"
    run sleep $((stalled + 1))
  done
  return 1
}

# obtain KEY: DATA/KEY, fetched where it is missing. Says what is wrong where it returns 1.
obtain() {
  local key=$1 path=$data/$1 url=${address[$1]} part=$data/$1.part held=0 resumed
  local then="verifies it"
  [[ -z ${folder[$key]-} ]] || then="verifies and unpacks it"
  if [[ -e $path || -L $path ]]; then
    ! isPublished "$key" "$path" || return 0
    say "$path $found: it is not the published file."
    say "  It stays, and is not used. Replace or remove it, then run the same command again."
    return 1
  fi
  [[ -z $mirror ]] || url=$mirror/${key#*/}
  reason=''
  while :; do
    held=$(size "$part")
    # A complete one is not asked for again, whatever its content: the checksum decides.
    if [[ ${bytes[$key]} == - ]] || ((held < ${bytes[$key]})); then
      download "$url" "$part" "${bytes[$key]}" || break
    fi
    if isPublished "$key" "$part"; then
      sync -- "$part" 2>/dev/null || true
      mv -T -- "$part" "$path" || { say "$path cannot be written: see above"; return 1; }
      return 0
    fi
    # What was there before may have been another file's beginning: then all of it is fetched once more.
    rm -f -- "$part"
    resumed=$((held > 0))
    reason="what came $found, and was removed"
    ((resumed)) || break
  done
  say "${key#*/} could not be fetched from $url: ${reason%.}."
  held=$(size "$part")
  ((held == 0)) || say "  The first $held bytes are here; the same command goes on after them."
  say "  To put it there by hand: it is published at ${address[$key]}"
  say "  (${bytes[$key]/#-/some} bytes, MD5 ${md5[$key]}), and its place is $path;"
  say "  the same command then $then."
  return 1
}

# --- Unpacking

# refuse ARCHIVE WHAT: says so, and that nothing happened.
refuse() {
  say "$1: $2; nothing was unpacked"
  return 1
}

# inspect KEY FILE: every entry of the archive lies in its one folder and is a file or folder, and its members are there
# once, with their sizes. Nothing is written meanwhile.
inspect() {
  local line kind entry held name
  local -A seen=()
  LC_ALL=C run tar --list --verbose --numeric-owner --absolute-names --quoting-style=escape --gzip --force-local \
    --file "$2" >"$work/list" 2>"$work/said" || { refuse "$2" "cannot be read to its end ($(tail -n 1 "$work/said"))"; return 1; }
  while IFS= read -r line; do
    kind=${line:0:1}
    [[ $line =~ ^[^\ ]+\ +[^\ ]+\ +([0-9]+|[0-9]+,\ *[0-9]+)\ +[^\ ]+\ +[^\ ]+\ (.*)$ ]] ||
      { refuse "$2" "an entry that is not understood: $line"; return 1; }
    held=${BASH_REMATCH[1]} entry=${BASH_REMATCH[2]}
    case $kind in
      - | d) ;;
      l | h) refuse "$2" "the entry $entry is a link"; return 1 ;;
      *) refuse "$2" "the entry $entry is neither a file nor a folder"; return 1 ;;
    esac
    [[ $entry != /* ]] || { refuse "$2" "the entry $entry is absolute"; return 1; }
    [[ $entry != *..* ]] || { refuse "$2" "the entry $entry contains .."; return 1; }
    [[ $entry == "${folder[$1]}"/* ]] || { refuse "$2" "the entry $entry lies outside ${folder[$1]}"; return 1; }
    name=${entry#"${folder[$1]}"/}
    [[ $kind == - && " ${members[$1]}" == *" $name "* ]] || continue
    [[ -z ${seen[$name]-} ]] || { refuse "$2" "the entry $entry is there twice"; return 1; }
    [[ $held == "${bytes[$1/$name]}" ]] ||
      { refuse "$2" "the entry $entry has $held bytes instead of ${bytes[$1/$name]}"; return 1; }
    seen[$name]=1
  done <"$work/list"
  for name in ${members[$1]}; do
    [[ -n ${seen[$name]-} ]] || { refuse "$2" "the entry ${folder[$1]}/$name is missing"; return 1; }
  done
}

# unpack KEY: its members into a temporary folder beside the final one, then all at once under the final name.
unpack() {
  local key=$1 archive=$data/$1 into=$data/${1%/*} target name names=()
  target=$into/${folder[$key]}
  inspect "$key" "$archive" || return 1
  for name in ${members[$key]}; do names+=("${folder[$key]}/$name"); done
  # What a killed process left.
  rm -rf -- "$into"/.unpacking.*
  temporary=$(mktemp -d "$into/.unpacking.XXXXXX") && mkdir "$temporary/${folder[$key]}" ||
    { refuse "$archive" "no folder can be made beside it: see above"; return 1; }
  run tar --extract --gzip --force-local --file "$archive" --directory "$temporary" --no-same-owner \
    --no-same-permissions -- "${names[@]}" 2>"$work/said" ||
    { refuse "$archive" "cannot be unpacked ($(tail -n 1 "$work/said"))"; return 1; }
  for name in ${members[$key]}; do
    [[ $(size "$temporary/${folder[$key]}/$name") == "${bytes[$key/$name]}" ]] ||
      { refuse "$archive" "$name has another size than its entry says"; return 1; }
    chmod 644 -- "$temporary/${folder[$key]}/$name"
  done
  run sums "$temporary/${folder[$key]}" "$key" >"$work/sums" &&
    cp -- "$work/sums" "$temporary/${folder[$key]}/MD5SUMS" &&
    { sync -- "$temporary/${folder[$key]}"/* 2>/dev/null || true; } &&
    mv -T -- "$temporary/${folder[$key]}" "$target" ||
    { refuse "$archive" "$target cannot be written: see above"; return 1; }
  rm -rf -- "$temporary"
  temporary=''
}

# --- A data set. These functions are called where `set -e` has no effect: they check what they call.

# holds FOLDER SET: whether it has every file of the set; any where $3 is "any".
holds() {
  local name every=1 any=0
  for name in ${files[$2]}; do
    [[ -s $1/$name ]] && any=1 || every=0
  done
  if [[ ${3-} == any ]]; then ((any)); else ((every)); fi
}

# fetch SET: returns 1 where something is missing in the end, after saying what.
fetch() {
  local set=$1 into=$data/$1 name key lock missing=0 changed=0 there=()
  if [[ -n ${packaged[$set]-} ]] && holds "${packaged[$set]}" "$set" && ! holds "$into" "$set" any; then
    # Readers prefer a folder of their own, and unfinished files are of no more use.
    for name in ${files[$set]}; do rm -f -- "$into/$name.part"; done
    rmdir -- "$into" 2>/dev/null || true
    echo "$set: the Debian package ${package[$set]} has it in ${packaged[$set]}; nothing to do"
    return 0
  fi
  mkdir -p -- "$into" 2>/dev/null || { say "$into: this folder cannot be made"; return 1; }
  { exec {lock}<"$into"; } 2>/dev/null || { say "$into: this folder cannot be opened"; return 1; }
  if ! flock --nonblock "$lock"; then
    say "$into: another process fetches into this folder"
    exec {lock}<&-
    return 1
  fi
  for name in ${files[$set]}; do
    key=$set/$name
    [[ -z ${extra[$key]} || $noExtra == 0 ]] || continue
    if [[ -z ${folder[$key]-} ]]; then
      [[ -e $into/$name ]] || changed=1
      obtain "$key" && there+=("$into/$name") || missing=1
    elif isUnpacked "$key"; then
      there+=("$into/${folder[$key]}")
    elif [[ -n $found ]]; then
      say "$found"
      say "  Remove $into/${folder[$key]} and run the same command again."
      missing=1
    else
      changed=1
      obtain "$key" && unpack "$key" && there+=("$into/${folder[$key]}") || missing=1
      # Left by a refusal.
      rm -rf -- ${temporary:+"$temporary"}
      temporary=''
    fi
  done
  exec {lock}<&-
  if ((missing)); then
    if [[ -n ${package[$set]-} ]]; then
      if holds "${packaged[$set]}" "$set"; then
        say "  Or remove $into: the files of the Debian package ${package[$set]} then serve."
      else
        say "  Or install the Debian package ${package[$set]} (make setup), which has all of it."
      fi
    fi
    # An empty folder would hide a package's.
    [[ -z ${package[$set]-} ]] || rmdir -- "$into" 2>/dev/null || true
    return 1
  fi
  if ((changed)); then echo "$set: fetched and verified: ${there[*]}"; else
    echo "$set: there already, verified; nothing to do: ${there[*]}"
  fi
}

readTable
[[ $* != all ]] || set -- "${sets[@]}"
for set; do
  [[ -n ${files[$set]-} ]] || fail "$set is no data set: choose from all ${sets[*]}"
done
code=0
for set; do fetch "$set" || code=2; done
exit "$code"
