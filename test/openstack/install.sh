#!/bin/sh
# Installs the real components that the tests run: Debian 12's Keystone and Glance (Zed), Chromium, nginx, Redis,
# Prometheus, and Debian 13's Glance (2025.1) in a separate folder. Requires root and Debian 12.
set -eu

TRIXIE=${GLANCE_TRIXIE_ROOT:-/var/cache/glance-graphql/trixie}
export DEBIAN_FRONTEND=noninteractive

apt-get -qq update
# Prevents the packages from starting services, since the tests start their own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
fi
apt-get -qq install -y --no-install-recommends \
  glance-api keystone python3-openstacksdk uwsgi uwsgi-plugin-python3 sqlite3 chromium fonts-dejavu-core nginx-light redis-server prometheus debootstrap > /dev/null

if [ ! -e "$TRIXIE/usr/bin/glance-api" ]; then
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \(http[^ ]*\) .*/\1/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2> /dev/null | head -n 1)
  rm -rf "$TRIXIE"
  mkdir -p "$TRIXIE"
  debootstrap --variant=minbase trixie "$TRIXIE" "${mirror:-http://deb.debian.org/debian}" > /dev/null
  printf '#!/bin/sh\nexit 101\n' > "$TRIXIE/usr/sbin/policy-rc.d"
  chmod +x "$TRIXIE/usr/sbin/policy-rc.d"
  chroot "$TRIXIE" apt-get -qq update
  chroot "$TRIXIE" apt-get -qq install -y --no-install-recommends glance-api > /dev/null
fi
chroot "$TRIXIE" dpkg-query -W glance-api
dpkg-query -W glance-api keystone chromium nginx-light redis-server prometheus
