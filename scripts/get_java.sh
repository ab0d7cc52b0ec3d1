#!/bin/sh
# Spark needs a Java of 17 or newer: the machine's own, else Debian's.
set -eu
if [ -n "${JAVA_HOME:-}" ] || command -v java >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends openjdk-17-jre-headless >/dev/null
    exit 0
fi
echo "gapsight: Spark needs Java 17 or newer. On Debian or Ubuntu: sudo apt install openjdk-17-jre-headless" >&2
exit 3
