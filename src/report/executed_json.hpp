// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "flopwatch/executed.hpp"

namespace flopwatch::report {

/// The parts of what ran in a row; null for nullptr: there is no operator column.
[[nodiscard]] nlohmann::json executed_json(executed_work const* e);

}  // namespace flopwatch::report
