// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "inject/run_request.hpp"

#include <nlohmann/json.hpp>

#include "flopwatch/error.hpp"

namespace flopwatch::inject {
namespace {

/// One list of the fields serves writing and reading.
void fields(auto& io, auto& r) {
  io("capture", r.capture);
  io("device", r.device);
  io("metrics", r.metrics);
  io("replay", r.replay);
  io("iteration", r.iteration);
  io("raw", r.raw);
  io("scope_depth", r.scope_depth);
  io("budget", r.budget);
  io("nvtx_domains", r.nvtx_domains);
  io("scope_regex", r.scope_regex);
  io("profile_from_start", r.profile_from_start);
  io("kernel_regex", r.kernel_regex);
  io("launch_skip", r.launch_skip);
  io("launch_count", r.launch_count);
  io("longest_start_ms", r.longest_start_ms);
  io("roots", r.roots);
  io("program", r.program);
}

}  // namespace

std::string to_json(run_request const& request) {
  nlohmann::json out = nlohmann::json::object();
  auto write = [&](char const* key, auto const& value) { out[key] = value; };
  fields(write, request);
  // An argument of a command need not be UTF-8.
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

run_request request_from_json(std::string_view json) {
  run_request out;
  try {
    auto const in = nlohmann::json::parse(json);
    auto read = [&](char const* key, auto& value) { in.at(key).get_to(value); };
    fields(read, out);
  } catch (nlohmann::json::exception const& e) {
    throw usage_error(std::string(request_variable) + " is not what flopwatch run writes (" + e.what() +
                      "): start the program with flopwatch run");
  }
  return out;
}

}  // namespace flopwatch::inject
