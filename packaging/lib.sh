# shellcheck shell=bash
# What the commands in packaging/ share: Python, system packages, the virtual environment, a PostgreSQL for tests.
# Sourced, never run. Messages go to standard error, so that a command's own output stays clean.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What Kivy's window loads at run time, beyond what its wheel brings, and the bar code reader's library.
KIOSK_PACKAGES=(libgl1 libgl1-mesa-dri libegl1 libmtdev1 libzbar0 libxrandr2 libxi6 libxcursor1 libxss1 libxxf86vm1
  libxext6 libxfixes3)
# A browser that draws pages, a font for it to draw them with, and what the program that drives it loads.
BROWSER_PACKAGES=(chromium fonts-dejavu-core libatomic1)
# A screen without a screen; keys and clicks for it; keyboard layouts (the wedge scanner's enemy).
SCREEN_PACKAGES=(xvfb xdotool x11-xkb-utils)
# What the bundle's test needs besides: PyInstaller's objdump, and systemd's own check of units.
BUNDLE_PACKAGES=(binutils systemd)
# The client that benches load the shop with; the small bench among the tests runs it too.
LOAD_PACKAGES=(wrk)
TEST_PACKAGES=("${KIOSK_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}" "${BUNDLE_PACKAGES[@]}" postgresql
  "${LOAD_PACKAGES[@]}" strace git iproute2)

say() { printf '== %s\n' "$*" >&2; }

fail() {
  printf 'rallygate: %s\n' "$*" >&2
  exit 1
}

# Sets PYTHON to an interpreter we serve: $RALLYGATE_PYTHON, or the first that fits.
find_python() {
  local candidate candidates=(python3 python3.11 python3.12 python3.13)
  if [[ -n ${RALLYGATE_PYTHON:-} ]]; then candidates=("$RALLYGATE_PYTHON"); fi
  for candidate in "${candidates[@]}"; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      PYTHON=$(command -v "$candidate")
      return
    fi
  done
  fail "Python 3.11, 3.12 or 3.13 is needed, and ${RALLYGATE_PYTHON:-python3} is $(
    "${RALLYGATE_PYTHON:-python3}" -V 2>&1 || true
  ). Install one (Debian 12: apt-get install python3) or name one: RALLYGATE_PYTHON=/path/to/python3.11"
}

# Prints the package of the library that a bundle starts Python from: Debian's interpreter is complete without it.
python_library_package() {
  if dpkg-query -S "$(readlink -f "$PYTHON")" >/dev/null 2>&1; then
    "$PYTHON" -c 'import sys; print("libpython%d.%d" % sys.version_info[:2])'
  fi
}

# Prints those of the named Debian packages that are not installed, and what venv needs if this Python lacks it.
missing_packages() {
  local name installed
  if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    printf '%s\n' python3-venv
  fi
  if (($# == 0)); then return; fi
  installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "$@" 2>/dev/null || true)"
  for name in "$@"; do
    if [[ $installed != *" installed=$name "* ]]; then printf '%s\n' "$name"; fi
  done
}

# need_packages NAME...: as root installs what is missing; else prints the line to run and stops.
need_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian: make sure that these, or what they are called here, are installed: $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return; fi
  if (($(id -u) != 0)); then
    fail "system packages are missing. Run this once, then try again:
  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing through apt: ${missing[*]}"
  install_quietly "${missing[@]}"
}

# Installs without starting any service: a database server that comes to life on port 5432 is nobody's wish here.
install_quietly() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt_install "$@"
)

# apt talks much; what it said matters only if it failed.
apt_install() {
  local log
  log=$(mktemp)
  if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    fail "apt could not install: $*. The end of what it said is above; mend that and try again."
  fi
  rm -f "$log"
}

# need_venv LOCK: sets VENV to an environment with exactly that lock file's packages and the project, made once.
need_venv() {
  local lock=$ROOT/requirements/$1 version digest
  version=$("$PYTHON" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  digest=$(sha256sum "$lock" | cut -c1-12)
  VENV=${RALLYGATE_VENV:-$ROOT/.venvs/$version-$digest}
  if [[ -n ${RALLYGATE_VENV:-} && -x $VENV/bin/python ]]; then
    say "using $VENV as it is"
  else
    # Where it lies is part of the mark: an environment that was moved or copied starts programs of the old place.
    fill_venv "$lock" "$digest $VENV" "$(sha256sum "$ROOT/pyproject.toml" | cut -c1-12) $ROOT"
  fi
  export PATH=$VENV/bin:$PATH
}

# fill_venv LOCK MARK PROJECT_MARK: does what is left to do. Marks are written last: what was interrupted is done again.
fill_venv() {
  mkdir -p "$(dirname "$VENV")"
  (
    # Two at once wait for each other.
    flock 9
    marked rallygate-lock "$2" || install_lock "$1" "$2" || exit 1
    marked rallygate-project "$3" || install_project "$3"
  ) 9>"$VENV.making" || fail "the virtual environment in $VENV could not be made; pip's own words are above.
With no network, name a finished one: RALLYGATE_VENV=/path/to/venv"
}

marked() { [[ $(cat "$VENV/$1" 2>/dev/null) == "$2" ]]; }

in_venv_pip() { "$VENV/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

install_lock() {
  say "making a virtual environment in $VENV ($("$PYTHON" -V), ${1##*/}); this takes a minute or two"
  "$PYTHON" -m venv --clear "$VENV" && in_venv_pip install --require-hashes --requirement "$1" &&
    printf '%s\n' "$2" >"$VENV/rallygate-lock"
}

# "compat" puts the project's folder itself on the path: a package that is added later is found without installing again.
install_project() {
  PYTHONWARNINGS=ignore in_venv_pip install --no-deps --no-build-isolation --config-settings editable_mode=compat \
    --editable "$ROOT" && printf '%s\n' "$1" >"$VENV/rallygate-project"
}

# Puts py-spy on the path, in a folder of its own: it is a program, not a library. Without a network benches go without.
need_profiler() {
  local lock=$ROOT/requirements/profiler.lock folder=$ROOT/var/profiler
  if [[ ! -x $folder/bin/py-spy ]]; then
    say "installing py-spy into $folder"
    in_venv_pip install --require-hashes --no-deps --target "$folder" --requirement "$lock" ||
      say "py-spy could not be installed: where a server's time goes will not be told"
  fi
  export PATH=$PATH:$folder/bin
}

# Runs a command as an unprivileged user if we are root: PostgreSQL refuses root.
unprivileged() {
  if (($(id -u) != 0)); then
    "$@"
  else
    (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
  fi
}

# start_postgres [durable]: a cluster of our own in a temporary directory, reached by its socket alone, gone at exit.
# Sets and exports RALLYGATE_TEST_POSTGRES. Without `durable` it does not wait for the disk: tests lose nothing by that.
start_postgres() {
  local bin options="-c listen_addresses='' -c max_connections=200 -c fsync=off -c full_page_writes=off"
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  if [[ ! -x $bin/initdb ]]; then fail "no PostgreSQL server found in /usr/lib/postgresql: apt-get install postgresql"; fi
  if [[ ${1:-} == durable ]]; then options="-c listen_addresses='' -c max_connections=200"; fi
  POSTGRES_BIN=$bin
  POSTGRES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/rallygate-pg.XXXXXX")
  if (($(id -u) == 0)); then chown postgres:postgres "$POSTGRES_DIR"; fi
  trap stop_postgres EXIT
  unprivileged "$bin/initdb" --pgdata="$POSTGRES_DIR/data" --username=rallygate --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync >/dev/null || fail "PostgreSQL could not make a cluster in $POSTGRES_DIR"
  unprivileged "$bin/pg_ctl" --pgdata="$POSTGRES_DIR/data" --log="$POSTGRES_DIR/log" --wait --silent \
    --options="$options -k $POSTGRES_DIR" start || {
    cat "$POSTGRES_DIR/log" >&2
    fail "PostgreSQL did not start; its log is above"
  }
  export RALLYGATE_TEST_POSTGRES="postgresql+psycopg://rallygate@/postgres?host=$POSTGRES_DIR"
}

stop_postgres() {
  unprivileged "$POSTGRES_BIN/pg_ctl" --pgdata="$POSTGRES_DIR/data" --mode=immediate --silent stop >/dev/null 2>&1 || true
  rm -rf "$POSTGRES_DIR"
}
