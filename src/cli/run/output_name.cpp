// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/run/output_name.hpp"

#include <string_view>

#include "capture/path_pattern.hpp"
#include "capture/target_path.hpp"

namespace flopwatch::cli {
namespace {

namespace fs = std::filesystem;
using capture_detail::existing;

constexpr std::string_view flops_ending = ".flops";

bool is_pattern(std::string const& output) { return output.find('%') != std::string::npos; }

}  // namespace

std::string output_name(std::string const& given, std::string const& program, process_name const& who) {
  auto name = given.empty() ? fs::path(program).filename().string() + std::string(flops_ending) : given;
  if (is_pattern(name) || !who.rank || who.world_size == 1) return name;
  auto const tail = name.ends_with(flops_ending) ? flops_ending : std::string_view();
  name.resize(name.size() - tail.size());
  return name + expand_pattern(".%h.%r", who).string() + std::string(tail);
}

fs::path folder_place(std::string const& output, process_name const& who) {
  // Each process gets its own file by a pattern: this one's stands for them.
  auto const file = is_pattern(output) ? expand_pattern(output, who) : fs::path(output);
  return capture_detail::resolve_target(file, existing::replaced);
}

}  // namespace flopwatch::cli
