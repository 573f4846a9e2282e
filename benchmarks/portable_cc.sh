#!/bin/sh
# A C compiler whose code runs under Valgrind and is the same on all machines of a kind.
#
# portable_cc.sh LABEL COMPILER ARGUMENT...   The label is for eptrans' cache: it changes with the compiler.
# The last -march counts, so that the one of the arguments (native) has no effect.
shift
case $(uname -m) in
    x86_64 | amd64) set -- "$@" -march=x86-64-v3 ;;
esac
exec "$@"
