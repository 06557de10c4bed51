# Makes a virtual environment for Tingzhen and keeps it up to date. Sourced by ./diagnose and ./check.
#
#   prepare_environment FOLDER REQUIREMENT [OPTION OF PIP ...]
#
# REQUIREMENT: "." for a plain install, ".[train,test]".
# Nothing happens when the environment was made from the same pyproject.toml and constraints.txt.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Runs a command as root where that needs no question; fails otherwise.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

install_debian_packages() {
    command -v apt-get >/dev/null || fail "Please install these packages yourself: $*
请自行安装以下软件包：$*"
    say "Installing Debian packages: $*"
    if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } >&2; then
        fail "These packages could not be installed. Run: sudo apt-get install $*
无法自动安装，请运行：sudo apt-get install $*"
    fi
}

find_python() {
    local candidate
    for candidate in python3.11 python3 python3.12 python3.13; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Tingzhen needs Python 3.11 or newer and found none. On Debian 12: sudo apt-get install python3.11 python3.11-venv
听诊需要 Python 3.11 或更高版本，本机未找到。Debian 12 请运行：sudo apt-get install python3.11 python3.11-venv"
}

prepare_environment() {
    local folder=$1 requirement=$2 place stamp python
    shift 2
    # An environment holds absolute paths: one that was moved is made anew.
    place="$PWD $requirement"
    stamp="$place $(cat pyproject.toml constraints.txt | sha256sum)"
    if [ "$(cat "$folder/.made-from" 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    # Two first runs at once would write into the same folder.
    exec 9>"$folder.lock"
    flock 9
    if [ "$(cat "$folder/.made-from" 2>/dev/null)" != "$stamp" ]; then
        python=$(find_python)
        if ! "$python" -c 'import ensurepip' 2>/dev/null; then
            install_debian_packages \
                "$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')"
        fi
        say "Preparing Tingzhen in $PWD/$folder (once) … 首次运行，正在准备环境 ……"
        case $(cat "$folder/.made-from" 2>/dev/null) in
        "$place "*) "$python" -m venv "$folder" ;; # complete, only out of date
        *) "$python" -m venv --clear "$folder" ;;
        esac || fail "The virtual environment could not be made."
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
            "$@" -c constraints.txt -e "$requirement" >&2 ||
            fail "The installation failed; see the lines above. It starts afresh on the next run.
安装失败，原因见上。下次运行会重新安装。"
        printf '%s' "$stamp" >"$folder/.made-from"
    fi
    exec 9>&-
}
