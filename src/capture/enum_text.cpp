// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/enum_text.hpp"

namespace flopwatch {

std::string_view to_string(phase v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(rule_origin v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(formula_unit v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(operator_status v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(arithmetic v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(reuse_class v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(severity v) noexcept { return capture_detail::enum_text(v); }
std::string_view to_string(raw_choice v) noexcept { return capture_detail::enum_text(v); }

std::optional<phase> parse_phase(std::string_view text) noexcept {
  return capture_detail::parse_enum<phase>(text);
}
std::optional<raw_choice> parse_raw_choice(std::string_view text) noexcept {
  return capture_detail::parse_enum<raw_choice>(text);
}

}  // namespace flopwatch
