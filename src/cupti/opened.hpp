// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace flopwatch::cupti {

/// Which copy of CUPTI the process uses, for those who do not call it.
struct opened_copy {
  std::string source;         ///< as found_copy::source
  std::string path;           ///< of the file; resolved
  std::uint32_t version = 0;  ///< cuptiGetVersion
  bool has_driver = false;    ///< a usable driver was there when it was opened
  std::string passed_over;    ///< a sentence when FLOPWATCH_CUPTI named a copy that could not be used
};

/// Opens CUPTI, if that was not done (api.hpp says how). \throws cupti_error
[[nodiscard]] opened_copy const& open_copy();

/// nullptr while none is open.
[[nodiscard]] opened_copy const* already_opened() noexcept;

}  // namespace flopwatch::cupti
