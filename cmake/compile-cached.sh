#!/bin/sh
# usage: compile-cached.sh CHECKOUT CCACHE COMPILER ARGUMENT...
# Runs the compiler through ccache, with paths relative to the checkout, so that a copy of it (the bug zoo's) finds what the
# original has compiled.
#
# A precompiled header that is there goes first: while ccache asks GCC for the text that is to be compiled, GCC would read the old
# one in place of the header, and ccache would give back what it had once made with that one there, of whatever text. And it is
# looked for by the very bytes of all headers (CCACHE_DEPEND): to know them again (#pragma once) GCC keeps their checksums in it,
# which a change of a comment changes, and the preprocessed text is the same.
export CCACHE_BASEDIR="$1" CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
shift
before=
for word; do
  case "$before $word" in "-o "*.gch)
    rm -f "$word"
    export CCACHE_DEPEND=1 CCACHE_NAMESPACE=precompiled
  esac
  before=$word
done
exec "$@"
