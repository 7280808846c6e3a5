#!/usr/bin/env bash
# Sets everything up, then runs every check: format, lint with the layer rules, types, docs, tests with leak
# sanitizers. The last line counts checks and tests: "N passed, N failed", with ", N skipped" if any were.
#   scripts/test.sh               all of it
#   scripts/test.sh --no-setup    the same without installing anything first: what `deno task ok` runs
# With CI=true and npm there, the tests run once more on the oldest Deno that is supported.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
oldest=2.6.8
# Users other than root often lack these, and the firewall tools live there.
export PATH=$PATH:/usr/sbin:/sbin NO_COLOR=1
passed=0 failed=0 skipped=0

# Runs a check, $1 its name, the rest its command, and counts it.
check() {
  local name=$1 start=$SECONDS
  shift
  echo "--- $name"
  if "$@"; then
    passed=$((passed + 1))
    echo "--- $name: passed, $((SECONDS - start)) s"
  else
    failed=$((failed + 1))
    echo "--- $name: FAILED, $((SECONDS - start)) s"
  fi
}

# Reads shell scripts without running them.
shell_syntax() {
  local file bad=0
  for file in "$@"; do bash -n "$file" || bad=1; done
  ((bad == 0))
}

# Prints the total and ends with its verdict.
finish() {
  local total="$passed passed, $failed failed"
  ((skipped == 0)) || total+=", $skipped skipped"
  echo "$total"
  ((failed == 0))
  exit
}

# Reads the number before the word $2 in Deno's closing line $1, like "ok | 61 passed (3 steps) | 0 failed | 2 ignored".
count_of() {
  local number
  number=$(sed -n "s/.*| \([0-9]*\) $2.*/\1/p" <<<"$1")
  echo "${number:-0}"
}

# Runs the tests with the Deno $1, output in sight, and adds its counts to the total.
run_tests() {
  local deno=$1 log closing code bad
  log=$(mktemp)
  local flags=(--allow-all --doc --shuffle)
  # Deno 2.6 looks for leaks unasked and does not know these.
  ! "$deno" test --help | grep -q -- --sanitize-ops || flags+=(--sanitize-ops --sanitize-resources)
  # A bound for the case that a test hangs; the run as a whole has to end too.
  timeout --foreground --kill-after=10 "${TEST_TIMEOUT:-1500}" "$deno" test "${flags[@]}" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  closing=$(grep -E '^(ok|FAILED) \| [0-9]+ passed' "$log" | tail -n 1)
  rm -f "$log"
  bad=$(count_of "$closing" failed)
  # Type errors, hangs and errors outside of tests have no count of their own.
  if ((code != 0 && bad == 0)); then
    echo "--- the test run ended with $code"
    bad=1
  fi
  passed=$((passed + $(count_of "$closing" passed)))
  failed=$((failed + bad))
  skipped=$((skipped + $(count_of "$closing" ignored)))
}

# Tests on the oldest Deno, where one can be had.
run_oldest() {
  local found
  if ! command -v npm >/dev/null; then
    echo "--- tests on Deno $oldest: left out, there is no npm to fetch it"
    skipped=$((skipped + 1))
    return
  fi
  if ! npm install --silent --include=optional --no-save --no-package-lock --prefix .tools/oldest "deno@$oldest"; then
    echo "--- tests on Deno $oldest: npm could not install it"
    failed=$((failed + 1))
    return
  fi
  found=$(find .tools/oldest/node_modules/@deno -maxdepth 2 -type f -name deno | head -n 1)
  echo "--- tests on Deno $oldest"
  run_tests "$PWD/$found"
}

# Names what executables are built from, where Deno can not download it and there is a tool beside this checkout that makes it.
find_compile_runtime() {
  local tool=../shared/tools/compile-runtime.sh lines
  [[ -z ${DENORT_BIN:-} && -x $tool ]] || return 0
  lines=$("$tool" "$PWD/.tools/compile") || return
  eval "$lines"
  export COMPILE_DENO
}

if [[ ${1:-} != --no-setup ]]; then
  check "set-up" scripts/setup.sh
  ((failed == 0)) || finish
fi
check "shell scripts" shell_syntax scripts/*.sh scripts/deno .ci/run
check "format" scripts/deno fmt --check
check "lint" scripts/deno lint
check "types, also of the examples" scripts/deno check --doc
check "docs" scripts/deno doc --lint mod.ts
check "every file has a test" scripts/deno run --allow-read scripts/check_tests.ts
check "base of executables" find_compile_runtime
echo "--- tests on $(scripts/deno --version | head -n 1)"
run_tests "$PWD/scripts/deno"
[[ ${CI:-} != true ]] || run_oldest
finish
