// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The capture: what one session recorded, in one SQLite file (`.flops`). Every report reads only a capture.
/// `capture_reader` reads one, into the records of capture_records.hpp.

#include "flopwatch/capture_reader.hpp"
#include "flopwatch/capture_records.hpp"
