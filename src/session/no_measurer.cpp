// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/measurer.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::collect {

std::unique_ptr<detail::recorder> make_measurer(measure_request const& /*request*/) {
  throw cupti_error(built_without_cupti, exit_code::usage);
}

}  // namespace flopwatch::collect
