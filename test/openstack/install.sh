#!/bin/sh
# Installs the real components that the tests run: Debian 12's Keystone and Glance (Zed), Chromium, nginx, Redis and
# Prometheus, and in separate folders Debian 13's Glance (2025.1) and Debian sid's Keystone and Glance (2026.2).
# Requires root and Debian 12. Without sid, which changes daily, the tests of 2026.2 are skipped.
set -eu

TRIXIE=${GLANCE_TRIXIE_ROOT:-/var/cache/glance-graphql/trixie}
SID=${GLANCE_SID_ROOT:-/var/cache/glance-graphql/sid}
SID_PACKAGES="glance-api keystone uwsgi-core uwsgi-plugin-python3"
export DEBIAN_FRONTEND=noninteractive

# Prevents packages from starting services, since the tests start their own. $1 is the root folder.
forbid_services() {
  if [ ! -e "$1/usr/sbin/policy-rc.d" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
    chmod +x "$1/usr/sbin/policy-rc.d"
  fi
}

# Whether all packages are installed in a root folder: is_installed ROOT PACKAGE...
is_installed() {
  folder=$1
  shift
  [ "$(chroot "$folder" dpkg-query -W -f '${db:Status-Abbrev}\n' "$@" 2> /dev/null | grep -c '^ii')" = $# ]
}

# Installs packages of another Debian into a root folder, unless they are: install_debian SUITE ROOT PACKAGE...
install_debian() {
  suite=$1
  root=$2
  shift 2
  if is_installed "$root" "$@"; then return; fi
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \(http[^ ]*\) .*/\1/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2> /dev/null | head -n 1)
  rm -rf "$root"
  mkdir -p "$root" &&
    debootstrap --variant=minbase "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" > /dev/null &&
    forbid_services "$root" &&
    echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/unsafe-io" &&
    # A mirror's list of packages expires within days in sid. Its signature is checked.
    echo 'Acquire::Check-Valid-Until "false";' > "$root/etc/apt/apt.conf.d/80valid-until" &&
    chroot "$root" apt-get -qq update &&
    chroot "$root" apt-get -qq install -y --no-install-recommends "$@" > /dev/null 2>&1
}

apt-get -qq update
forbid_services ''
apt-get -qq install -y --no-install-recommends \
  glance-api keystone python3-openstacksdk uwsgi uwsgi-plugin-python3 sqlite3 chromium fonts-dejavu-core nginx-light redis-server prometheus debootstrap > /dev/null

# Both at once, since most of the time goes into downloads.
install_debian sid "$SID" $SID_PACKAGES &
sid=$!
install_debian trixie "$TRIXIE" glance-api
wait "$sid" || true

if is_installed "$SID" $SID_PACKAGES; then
  chroot "$SID" dpkg-query -W glance-api keystone
else
  # Half of an installation must not look like a whole one.
  rm -rf "$SID"
  echo 'WARNING: Debian sid could not be installed: the tests of OpenStack 2026.2 will be SKIPPED.' >&2
fi
chroot "$TRIXIE" dpkg-query -W glance-api
dpkg-query -W glance-api keystone chromium nginx-light redis-server prometheus
