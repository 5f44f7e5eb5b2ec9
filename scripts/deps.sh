#!/bin/sh
# Installs the programs that some tests need, and remembers that they are there: from then on a test
# that is skipped because one is missing is a failure.
set -u
cd "$(dirname "$0")/.."

# Name of the command, name of the package, what it is for.
PROGRAMS='chromium chromium tests of the console in a browser
strace strace tests of what reaches the disk
rabbitmq-server rabbitmq-server tests of the RabbitMQ bus'

has() {
  PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null 2>&1
}

install() {
  # RUNLEVEL=1 keeps a package from starting its server.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "$1" </dev/null >/dev/null 2>&1
}

if [ "$(id -u)" = 0 ] && has apt-get; then can_install=yes; else can_install=no; fi
missing=0
while read -r command package purpose; do
  if has "$command"; then
    echo "$command: present"
  elif [ $can_install = no ]; then
    echo "$command: missing; install the package $package of your system ($purpose)"
    missing=1
  elif install "$package" || { apt-get update -qq </dev/null >/dev/null 2>&1 && install "$package"; }; then
    echo "$command: installed"
  else
    echo "$command: apt-get could not install $package ($purpose)"
    missing=2
  fi
done <<LIST
$PROGRAMS
LIST

if [ $missing = 0 ]; then
  mkdir -p .stamps && touch .stamps/deps
elif [ $missing = 2 ]; then
  exit 1
fi
