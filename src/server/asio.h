// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The one place that includes Boost.Asio, as Debian 12 packages it (1.74). GCC needs <utility>
// first for coroutines; clang with libstdc++ has coroutines that this Asio does not detect. Asio's
// own code is compiled once, in asio.cc; what includes this file declares only.
#pragma once

// clang-format off: the order matters
#include <utility>
// clang-format on

#if defined(__clang__)
#ifndef BOOST_ASIO_HAS_CO_AWAIT
#define BOOST_ASIO_HAS_CO_AWAIT 1
#endif
#ifndef BOOST_ASIO_HAS_STD_COROUTINE
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif
#endif

#define BOOST_ASIO_SEPARATE_COMPILATION 1
#define BOOST_ASIO_NO_DEPRECATED 1

// Each loop is run by one thread, and what others post goes through a mutex; the fences around
// handlers order nothing more, and the thread sanitizer does not understand them.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK 1

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
