// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/run/outcome.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "capture/path_pattern.hpp"
#include "capture/process_name.hpp"
#include "capture/put_aside.hpp"
#include "capture/target_path.hpp"
#include "cli/embedded.hpp"
#include "cupti/driver.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/diagnostics.hpp"
#include "flopwatch/merge.hpp"

namespace flopwatch::cli {
namespace {

namespace fs = std::filesystem;

std::string value_in(capture_data const& data, char const* key) {
  auto const it = data.info.find(key);
  return it == data.info.end() ? "" : it->second;
}

/// The worst cause, in the order of the exit codes.
exit_code code_of(capture_data const& data) {
  auto const has = [&](auto const& what) {
    return std::any_of(data.losses.begin(), data.losses.end(), what);
  };
  auto const is = [](loss_kind const& kind) {
    return [&kind](data_loss_record const& l) { return l.kind == kind.name; };
  };
  if (has(is(loss::counters_not_permitted))) return exit_code::not_permitted;
  if (has(is(loss::counters_refused))) return exit_code::no_device;
  bool const lossy = has([](data_loss_record const& l) { return l.severity == severity::error; });
  return lossy ? exit_code::data_loss : exit_code::good;
}

/// Why nothing was measured; "" where something was.
std::string unmeasured(capture_data const& data) {
  if (value_in(data, info_key::measured) == "collected") return "";
  auto const reason = value_in(data, info_key::measured_reason);
  return reason.empty() ? "not measured" : "not measured: " + reason;
}

run_outcome of_capture(fs::path const& file) {
  auto const data = capture_reader(file).load();
  auto const reason = unmeasured(data);
  return {fmt::format("recorded in {}{}; show it with: flopwatch report {}", file.string(),
                      reason.empty() ? "" : " (" + reason + ")", file.string()),
          code_of(data)};
}

std::optional<std::int64_t> number_in(capture_data const& data, char const* key) {
  auto const text = value_in(data, key);
  std::int64_t out = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc() && !text.empty() ? std::optional(out) : std::nullopt;
}

process_name process_in(capture_data const& data) {
  process_name out;
  out.host = value_in(data, info_key::host);
  out.pid = number_in(data, info_key::pid).value_or(0);
  out.rank = number_in(data, info_key::rank);
  return out;
}

std::string how(child_end const& end) {
  return end.signal != 0 ? fmt::format("by signal {}", end.signal) : std::string("without calling exit()");
}

/// To `output`, or over what is a capture there by now.
void move_into_place(fs::path const& file, std::string const& output) {
  move_capture(file, capture_detail::resolve_target(output, capture_detail::existing::replaced));
}

run_outcome of_unfinished(fs::path const& file, std::string const& output, child_end const& end) {
  if (capture_reader(file).load().complete) {  // the signal came when it had its mark, and not yet its name
    move_into_place(file, output);
    return of_capture(output);
  }
  auto const to = capture_detail::put_aside(file, output);
  return {
      fmt::format("the program ended {} before its recording was whole: what it had is in {}; show it with: "
                  "flopwatch report {}",
                  how(end), to.string(), to.string()),
      exit_code::data_loss};
}

run_outcome of_nothing(run_captures const& left) {
  if (!left.running.empty()) {
    return {fmt::format("{} processes of the program still run; their captures will be in {}",
                        left.running.size(), left.running.front().parent_path().string()),
            exit_code::good};
  }
  auto const& driver = detail::cuda_driver();
  return {
      fmt::format("nothing was recorded: {}, and no module of PyTorch was called in a Python program that "
                  "can import flopwatch",
                  driver.usable ? "no process launched a kernel or opened an NVTX range" : driver.reason),
      exit_code::no_device};
}

bool differs_by_process(std::string const& output) { return output.find('%') != std::string::npos; }

/// One file: moved; several: merged, unfinished ones too.
run_outcome put(std::vector<fs::path> const& files, bool unfinished, std::string const& output,
                child_end const& end) {
  if (files.size() == 1 && unfinished) return of_unfinished(files.front(), output, end);
  if (files.size() == 1) {
    move_into_place(files.front(), output);
    return of_capture(output);
  }
  merge(files, output);
  for (auto const& file : files) fs::remove(file);
  auto out = of_capture(output);
  out.sentence = fmt::format("{} processes were {}", files.size(), out.sentence);
  return out;
}

/// Each to the name that the pattern gives its process; those of one name become one capture.
run_outcome put_each(run_captures const& left, std::string const& pattern, child_end const& end) {
  struct target {
    std::vector<fs::path> files;
    bool unfinished = true;
  };
  std::map<std::string, target> targets;
  auto const add = [&](fs::path const& file, bool unfinished) {
    auto& to = targets[expand_pattern(pattern, process_in(capture_reader(file).load())).string()];
    to.files.push_back(file);
    to.unfinished = to.unfinished && unfinished;
  };
  for (auto const& file : left.whole) add(file, false);
  for (auto const& file : left.unfinished) add(file, true);
  run_outcome last;
  exit_code worst = exit_code::good;
  for (auto const& [name, to] : targets) {
    last = put(to.files, to.unfinished, name, end);
    worst = std::max(worst, last.code);
  }
  if (targets.size() > 1)
    last.sentence = fmt::format("{} captures, the last: {}", targets.size(), last.sentence);
  last.code = worst;
  return last;
}

run_outcome put_all(run_captures const& left, std::string const& output, child_end const& end) {
  auto files = left.whole;
  files.insert(files.end(), left.unfinished.begin(), left.unfinished.end());
  if (files.empty()) return of_nothing(left);
  if (differs_by_process(output)) return put_each(left, output, end);
  return put(files, left.whole.empty(), output, end);
}

}  // namespace

fs::path add_python_start(run_folder const& folder) {
  return folder
      .add_file("start/sitecustomize.py",
                {reinterpret_cast<char const*>(embedded::python_start), embedded::python_start_size})
      .parent_path();
}

run_outcome gather(run_folder const& folder, std::string const& output, child_end const& end) {
  auto const left = folder.captures();
  try {
    auto out = put_all(left, output, end);
    if (!left.running.empty() && !(left.whole.empty() && left.unfinished.empty())) {
      out.sentence += fmt::format("; {} processes still run, and their captures will be in {}",
                                  left.running.size(), folder.path().string());
    }
    return out;
  } catch (std::exception const& e) {
    // The program ended as it ended: what it left stays where it is.
    return {fmt::format("{}. The captures are in {}", e.what(), folder.path().string()),
            exit_code::data_loss};
  }
}

}  // namespace flopwatch::cli
