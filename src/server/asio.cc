// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Asio's own code, compiled once for the whole program.
#include "server/asio.h"

#include <boost/asio/impl/src.hpp>
