# shellcheck shell=bash
# What the scripts of the lab share: where things stand, and how the engine is spoken to. Sourced, not run.

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
checkout=$(dirname "$lab")

# The state directory is this checkout's own, so that several checkouts can have a lab on one machine.
state=${TYRIAN_LAB:-$checkout/target/lab}
case $state in /*) ;; *) state=$PWD/$state ;; esac
state=$(realpath -m -- "$state")
id=$(printf %s "$state" | sha256sum | cut -c1-8)

# A path of a unix socket has at most 107 bytes, and containerd adds some; a deep checkout gets a short way.
run=$state/run
[ ${#run} -le 64 ] || run=/run/tyrian-lab/$id
socket=$run/docker.sock
pidfile=$run/docker.pid

say() { printf 'lab: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 1
}

# The Docker client, against the lab's engine and nothing else: no context, configuration or plug-in of the user.
docker() {
    env -u DOCKER_CONTEXT -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH \
        DOCKER_CONFIG="$state/client" DOCKER_HOST="unix://$socket" DOCKER_BUILDKIT=0 \
        "$(type -P docker)" "$@"
}

# Whether the engine of this state directory answers.
answers() { [ -S "$socket" ] && timeout 5 curl -fsS --unix-socket "$socket" http://docker/_ping >/dev/null 2>&1; }

# The process id of this lab's dockerd; fails when it does not run. A process id that the system has given to
# another program since a crash is not ours: the command line must name our pidfile.
engine_pid() {
    local pid
    pid=$(cat "$pidfile" 2>/dev/null) && [ -n "$pid" ] || return 1
    [ "$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -Fxc -- "$pidfile")" -gt 0 ] || return 1
    printf %s "$pid"
}
