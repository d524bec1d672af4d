#!/usr/bin/env bash
# Runs Claude Code, Codex CLI and OpenClaw headless through Penstock onto a scripted provider, with one tool call and its
# result, and shows the end of each transcript. README.md beside this file says how to read it.
set -euo pipefail

CLAUDE_CODE=2.1.329
CODEX=0.169.0
OPENCLAW=2026.9.6
NODE_FOR_OPENCLAW=24.21.0 # when the machine's own is older than OpenClaw wants (24.16, or 26.1)
CLIENT_SECONDS=180        # the slowest takes half a minute on two busy cores
START_SECONDS=30
PROVIDER_KEY=scripted-provider-credential
MODEL=scripted/tool-user

usage() {
    cat <<'TEXT'
Usage: run.sh [--client claude-code|codex|openclaw] [--provider other|own|chat|messages|responses]
              [--thinking insist|lenient|off] [--keep]

  --client    Only this one. Default: all three; OpenClaw twice, once per protocol that it speaks.
  --provider  What the scripted provider speaks. Default: other, that is chat for a client of messages, and messages for
              a client of chat or Responses. own: each client's own protocol.
  --thinking  insist (default): a turn that comes without the thinking which it must bring is refused. lenient: it may
              come without. off: the provider does not think.
  --keep      Keep the logs, and say where they are.

Needs a JDK 17, node 20 and npm, and server/target/penstock.jar. The clients are installed into $CLIENTS_CACHE (default
~/.cache/penstock-clients). Exit status: 0 all passed, 1 one failed, 2 wrong usage, 3 none failed, but one was skipped.
TEXT
}

wrong() {
    echo "run.sh: $1" >&2
    usage >&2
    exit 2
}

client=all provider=other thinking=insist keep=false
while [ $# -gt 0 ]; do
    case "$1" in
        --client | --provider | --thinking)
            [ $# -ge 2 ] || wrong "$1 needs a value"
            case "$1=$2" in
                --client=claude-code | --client=codex | --client=openclaw | --client=all) client=$2 ;;
                --provider=other | --provider=own) provider=$2 ;;
                --provider=chat | --provider=messages | --provider=responses) provider=$2 ;;
                --thinking=insist | --thinking=lenient | --thinking=off) thinking=$2 ;;
                *) wrong "$1: $2" ;;
            esac
            shift 2
            ;;
        --keep) keep=true && shift ;;
        --help | -h) usage && exit 0 ;;
        *) wrong "unknown: $1" ;;
    esac
done

here=$(cd "$(dirname "$0")" && pwd)
jar=$here/../../server/target/penstock.jar
cache=${CLIENTS_CACHE:-$HOME/.cache/penstock-clients}
for tool in java node npm; do
    command -v "$tool" >/dev/null || { echo "run.sh: $tool is missing" >&2; exit 1; }
done
[ -f "$jar" ] || { echo "run.sh: build first: mvn -q -B -DskipTests -DskipITs package" >&2; exit 1; }
node=$(command -v node)
java=$(command -v java)

# Everything below runs in a directory of its own and ends with this script: each program is a job, so a process group of
# its own, which is ended by its id.
set -m
work=$(mktemp -d "${TMPDIR:-/tmp}/penstock-clients.XXXXXX")
jobs_running=""

# the ids of a process's children, and of theirs
descendants() {
    ps -A -o ppid=,pid= 2>/dev/null | awk -v root="$1" '
        { children[$1] = children[$1] " " $2 }
        function below(one, list, n, i) {
            n = split(children[one], list, " ")
            for (i = 1; i <= n; i++) { print list[i]; below(list[i]) }
        }
        END { below(root) }' || true
}

end_job() {
    local child children
    children=$(descendants "$1") # OpenClaw's worker has a group of its own
    kill -TERM -- "-$1" 2>/dev/null || true
    for _ in $(seq 50); do
        kill -0 -- "-$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
    for child in $children; do kill -KILL "$child" 2>/dev/null || true; done
    wait "$1" 2>/dev/null || true
    jobs_running=${jobs_running/ $1 / }
}

end_all() {
    local job
    for job in $jobs_running; do end_job "$job"; done
    jobs_running=""
}

finish() {
    local status=$?
    trap - EXIT INT TERM HUP
    end_all
    if $keep; then echo "Logs: $work"; else rm -rf "$work"; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# start OUT ERR COMMAND...: the job's id is in $job
start() {
    local out=$1 err=$2
    shift 2
    "$@" >"$out" 2>"$err" </dev/null &
    job=$!
    jobs_running="$jobs_running $job "
}

# first_line FILE JOB: waits until the job has written it
first_line() {
    local line=""
    for _ in $(seq $((START_SECONDS * 10))); do
        if [ -s "$1" ] && IFS= read -r line <"$1"; then break; fi
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    printf '%s' "$line"
    [ -n "$line" ]
}

# wait_for JOB: its exit status, or 124 if it had to be ended
wait_for() {
    local status=0
    for _ in $(seq $((CLIENT_SECONDS * 5))); do
        kill -0 "$1" 2>/dev/null || { wait "$1" || status=$?; end_job "$1"; return "$status"; }
        sleep 0.2
    done
    end_job "$1"
    return 124
}

# install DIRECTORY PACKAGE@VERSION: once; without install scripts, which these packages do not need
install() {
    [ -d "$cache/$1" ] && return
    local fresh=$cache/$1.$$
    echo "Installing $2 into $cache"
    mkdir -p "$fresh"
    if npm install --prefix "$fresh" --no-save --ignore-scripts --no-fund --no-audit --loglevel=error "$2" \
        >"$work/npm.log" 2>&1; then
        mv "$fresh" "$cache/$1"
    else
        rm -rf "$fresh"
        reason="npm cannot install $2: $(grep -m 1 -v '^npm warn' "$work/npm.log" || echo "see npm's log")"
        return 1
    fi
}

# The only environment that a client sees. Telemetry and update checks are off, and whatever else wants to leave the
# machine meets the scripted provider as its proxy, which notes and refuses it.
isolated() {
    env -i PATH="$PATH" HOME="$home" TMPDIR="$dir/tmp" USER=penstock TERM=dumb LANG=C.UTF-8 TZ=UTC CI=1 SHELL=/bin/bash \
        HTTPS_PROXY="http://127.0.0.1:$provider_port" https_proxy="http://127.0.0.1:$provider_port" \
        NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost DO_NOT_TRACK=1 "$@"
}

PROMPT='Run the shell command `cat proof.txt` here, once, and tell me what the file says.'

client_claude_code() { # $1: gateway
    install "claude-code-$CLAUDE_CODE" "@anthropic-ai/claude-code@$CLAUDE_CODE" || return 3
    local program
    program=$(ls "$cache/claude-code-$CLAUDE_CODE"/node_modules/@anthropic-ai/claude-code-*/claude 2>/dev/null | head -1)
    [ -x "$program" ] || { reason="no Claude Code for this system"; return 3; }
    launch isolated ANTHROPIC_BASE_URL="$1/anthropic" ANTHROPIC_API_KEY="$key" CLAUDE_CODE_MAX_RETRIES=1 \
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_TELEMETRY=1 DISABLE_ERROR_REPORTING=1 DISABLE_AUTOUPDATER=1 \
        "$program" -p "$PROMPT" --model "$MODEL" --output-format stream-json --verbose --allowedTools 'Bash(cat:*)'
}

client_codex() { # $1: gateway
    install "codex-$CODEX" "@openai/codex@$CODEX" || return 3
    mkdir -p "$home/.codex"
    cat >"$home/.codex/config.toml" <<TOML
model = "$MODEL"
model_provider = "penstock"
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
apps = false
[model_providers.penstock]
name = "Penstock"
base_url = "$1/openai/v1"
env_key = "PENSTOCK_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
TOML
    # no sandbox of its own: it needs rights that a container rarely has, and the command is ours
    launch isolated PENSTOCK_KEY="$key" "$node" "$cache/codex-$CODEX/node_modules/@openai/codex/bin/codex.js" \
        exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox --json "$PROMPT"
}

client_openclaw() { # $1: gateway
    local own_node=$node api base=$1/openai/v1
    if ! "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number);
            process.exit((a === 24 && b >= 16) || (a === 26 && b >= 1) || a > 26 ? 0 : 1)'; then
        local system
        system=$("$node" -p '`${process.platform}-${process.arch}`')
        install "node-$NODE_FOR_OPENCLAW" "node-$system@$NODE_FOR_OPENCLAW" || return 3 # what the package "node" would fetch
        own_node=$cache/node-$NODE_FOR_OPENCLAW/node_modules/node-$system/bin/node
    fi
    install "openclaw-$OPENCLAW" "openclaw@$OPENCLAW" || return 3
    api=openai-completions
    [ "$face" = messages ] && api=anthropic-messages base=$1/anthropic
    mkdir -p "$home/.openclaw"
    cat >"$home/.openclaw/openclaw.json" <<JSON
{
  "env": {"vars": {"PENSTOCK_KEY": "$key"}},
  "models": {"mode": "merge", "providers": {"penstock": {
    "baseUrl": "$base", "apiKey": "\${PENSTOCK_KEY}", "api": "$api",
    "models": [{"id": "$MODEL", "name": "Scripted", "api": "$api", "reasoning": true, "input": ["text"],
      "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}, "contextWindow": 200000, "maxTokens": 8192}]}}},
  "agents": {"defaults": {"model": {"primary": "penstock/$MODEL"}, "models": {"penstock/$MODEL": {}}}}
}
JSON
    PATH="$(dirname "$own_node"):$PATH" launch isolated "$own_node" \
        "$cache/openclaw-$OPENCLAW/node_modules/openclaw/openclaw.mjs" agent exec "$PROMPT" \
        --config "$home/.openclaw/openclaw.json" --model "penstock/$MODEL" --cwd "$dir/project" --json
}

launch() {
    cd "$dir/project"
    start "$dir/transcript" "$dir/client.err" "$@"
    cd "$work"
    wait_for "$job" || status=$?
}

# run CLIENT FACE: the face is the protocol that the client speaks
run() {
    local name=$1 face=$2 speaks=$provider dir home key provider_port gateway proof status=0 provider_job gateway_job
    if [ "$speaks" = own ]; then speaks=$face; fi
    if [ "$speaks" = other ]; then
        speaks=messages
        [ "$face" != messages ] || speaks=chat
    fi
    local title="$name, $face to a provider of $speaks"
    echo "== $title"
    dir=$work/$name-$face home=$dir/home key=sk-penstock-$(random 16) proof=penstock-proof-$(random 8)
    mkdir -p "$home" "$dir/project" "$dir/tmp" "$dir/data"
    echo "$proof" >"$dir/project/proof.txt"

    start "$dir/provider.port" "$dir/provider.err" "$node" "$here/provider.mjs" \
        --log "$dir/provider.jsonl" --key "$PROVIDER_KEY" --thinking "$thinking"
    provider_job=$job
    provider_port=$(first_line "$dir/provider.port" "$provider_job") || { fail "the provider does not start"; return; }
    local base="openai: http://127.0.0.1:$provider_port/v1"
    [ "$speaks" = messages ] && base="anthropic: http://127.0.0.1:$provider_port"
    [ "$speaks" = responses ] && base="responses: http://127.0.0.1:$provider_port/v1"
    cat >"$dir/penstock.yaml" <<YAML
listen: 127.0.0.1:0
data: $dir/data
keys: [{name: $name, key: $key}]
providers:
  scripted:
    api_key: $PROVIDER_KEY
    $base
    models:
      - {id: tool-user, native: tool-user-1, context: 200000, max_output: 32000, reasoning: true,
         price: {input: 1.00, output: 2.00}}
local: {discover: false}
YAML
    start "$dir/penstock.out" "$dir/penstock.err" env -i PATH="$PATH" HOME="$home" "$java" -XX:+UseSerialGC -Xmx128m \
        -jar "$jar" serve --config="$dir/penstock.yaml"
    gateway_job=$job
    gateway=http://127.0.0.1:$(first_line "$dir/data/port" "$gateway_job") || {
        fail "Penstock does not start: $(tail -3 "$dir/penstock.err")"
        end_job "$provider_job"
        return
    }

    reason=""
    client_"${name//-/_}" "$gateway" || status=$?
    end_job "$gateway_job" # its clean stop writes the last access line
    end_job "$provider_job"
    if [ -n "$reason" ]; then
        skip "$reason"
    elif "$node" "$here/verdict.mjs" --client "$name" --directory "$dir" --proof "$proof" --status "$status"; then
        passed="$passed$title"$'\n'
    else
        fail "${title}"
    fi
}

random() {
    od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

skip() {
    echo "SKIPPED  $1"
    skipped="$skipped$title ($1)"$'\n'
}

fail() {
    [ "$1" = "$title" ] || echo "FAIL  $1"
    failed="$failed$title"$'\n'
}

passed="" failed="" skipped="" reason=""
cd "$work"
case "$client" in all | claude-code) run claude-code messages ;; esac
case "$client" in all | codex) run codex responses ;; esac
case "$client" in all | openclaw) run openclaw chat && run openclaw messages ;; esac

echo
printf '%s' "$passed" | sed 's/^/passed   /'
printf '%s' "$failed" | sed 's/^/FAILED   /'
printf '%s' "$skipped" | sed 's/^/skipped  /'
[ -z "$failed" ] || exit 1
[ -z "$skipped" ] || exit 3
