// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/session.hpp"

namespace flopwatch::python {

/// What Python holds of a result.
struct native_result {
  flopwatch::result result;
};

}  // namespace flopwatch::python
