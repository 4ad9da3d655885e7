#!/bin/sh
# usage: compile-cached.sh CHECKOUT CCACHE COMPILER ARGUMENT...
# Runs the compiler through ccache, with paths relative to the checkout, so that a copy of it (the bug zoo's) finds what the
# original has compiled.
#
# A precompiled header that is there goes first: while ccache asks GCC for the text that is to be compiled, GCC would read the old
# one in place of the header, and ccache would give back what it had once made with that one there, of whatever text.
export CCACHE_BASEDIR="$1" CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
shift
before=
for word; do
  case "$before $word" in "-o "*.gch) rm -f "$word" ;; esac
  before=$word
done
exec "$@"
