#!/bin/sh
# Puts emgd on this PC as a service, or takes it away. Called by `make install` and `make uninstall`.
#   install.sh install|uninstall
# PREFIX (/opt/emgd) is where its own Python goes; DESTDIR is for those who build packages.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
dest=${DESTDIR:-}
prefix=${PREFIX:-/opt/emgd}
python=${PYTHON:-python3}
units="emgd.service emgd@.service"

say() { echo "emgd: $*"; }

live() { [ -z "$dest" ] && [ -d /run/systemd/system ]; }

need_root() {
    if [ -z "$dest" ] && [ "$(id -u)" -ne 0 ]; then
        say "this changes /opt and /etc: run it as root, sudo make $1" >&2
        exit 1
    fi
}

install_python() {
    say "making $dest$prefix and installing emgd into it"
    "$python" -m venv "$dest$prefix" 2>/dev/null || {
        rm -rf "$dest${prefix:?}" 2>/dev/null || true
        "$python" -m venv --without-pip "$dest$prefix"
        "$python" -m pip --python "$dest$prefix/bin/python" install --quiet pip
    }
    # shellcheck disable=SC2086 # several options may be given
    "$dest$prefix/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade \
        ${PIP_FLAGS:-} "$here/.."
    if [ -n "$dest" ]; then
        for script in emgd boardsim; do
            sed -i "1s|$dest||" "$dest$prefix/bin/$script"
        done
    fi
}

install_files() {
    install -d "$dest/etc/systemd/system" "$dest/usr/local/bin" "$dest/usr/local/share/doc/emgd"
    for unit in $units; do
        sed "s|/opt/emgd/bin|$prefix/bin|" "$here/$unit" > "$dest/etc/systemd/system/$unit"
        chmod 644 "$dest/etc/systemd/system/$unit"
    done
    install -D -m 644 "$here/70-emgd.rules" "$dest/etc/udev/rules.d/70-emgd.rules"
    install -D -m 644 "$here/emgd.sysusers.conf" "$dest/etc/sysusers.d/emgd.conf"
    install -m 644 "$here"/../docs/*.md "$dest/usr/local/share/doc/emgd/"
    for program in emgd boardsim; do
        ln -sfn "$prefix/bin/$program" "$dest/usr/local/bin/$program"
    done
    install -d -m 750 "$dest/etc/emgd"
    if [ -e "$dest/etc/emgd/emgd.toml" ]; then
        say "$dest/etc/emgd/emgd.toml is kept as it is"
    else
        install -m 640 "$here/emgd.toml" "$dest/etc/emgd/emgd.toml"
    fi
}

begin() {
    live || return 0
    systemd-sysusers /etc/sysusers.d/emgd.conf
    chgrp -R emgboard /etc/emgd
    udevadm control --reload
    udevadm trigger --subsystem-match=tty --subsystem-match=spidev --subsystem-match=gpio
    systemctl daemon-reload
    if systemctl --quiet is-active emgd.service; then
        say "the running daemon is still the one before: systemctl restart emgd"
    fi
}

case ${1:-} in
install)
    need_root install
    install_python
    install_files
    begin
    say "installed. Say what your board is in /etc/emgd/emgd.toml, then"
    say "  emgd config check /etc/emgd/emgd.toml && systemctl enable --now emgd"
    ;;
uninstall)
    need_root uninstall
    if live; then
        systemctl disable --now emgd.service 2>/dev/null || true
    fi
    for unit in $units; do rm -f "$dest/etc/systemd/system/$unit"; done
    rm -f "$dest/etc/udev/rules.d/70-emgd.rules" "$dest/etc/sysusers.d/emgd.conf"
    rm -f "$dest/usr/local/bin/emgd" "$dest/usr/local/bin/boardsim"
    rm -rf "$dest/usr/local/share/doc/emgd" "$dest${prefix:?}"
    if live; then systemctl daemon-reload; fi
    say "removed. Kept: $dest/etc/emgd (settings, keys) and $dest/var/lib/emgd (recordings)."
    ;;
*)
    say "give install or uninstall" >&2
    exit 2
    ;;
esac
