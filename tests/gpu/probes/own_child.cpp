// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/own_child.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <limits>
#include <unistd.h>
#include <utility>
#include <vector>

#include "flopwatch/error.hpp"
#include "recheck/subprocess.hpp"

namespace gpu_probes {
namespace {

using clock = std::chrono::steady_clock;
clock::time_point children_end = clock::time_point::max();

std::string clause_of(json const& found) {
  if (found.contains("clause")) return found["clause"].get<std::string>();
  if (found.contains("ended_by_signal"))
    return "ends the process with signal " + found["ended_by_signal"].dump();
  return found.contains("no_answer_after_s") ? "hangs" : "could not be tried";
}

}  // namespace

void limit_children(double seconds) {
  children_end =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
}

double left_for_children_s() {
  if (children_end == clock::time_point::max()) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double>(children_end - clock::now()).count();
}

json in_own_child(std::function<json()> const& ask, unsigned patience_s) {
  return in_own_child([&](std::atomic<std::int64_t>&) { return ask(); }, patience_s);
}

json in_own_child(std::function<json(std::atomic<std::int64_t>&)> const& ask, unsigned patience_s) {
  auto const left_s = left_for_children_s();
  if (left_s < 1) return {{"not_asked", "no time was left for it"}};
  patience_s = static_cast<unsigned>(std::min<double>(patience_s, left_s));
  try {
    auto const answer = flopwatch::recheck::run_in_subprocess([&](flopwatch::recheck::progress_mark& mark) {
      alarm(patience_s);
      return ask(mark).dump();
    });
    if (answer.signal == 0) return json::parse(answer.text);
    auto out = answer.signal == SIGALRM ? json{{"no_answer_after_s", patience_s}}
                                        : json{{"ended_by_signal", answer.signal}};
    if (answer.progress != 0) out["left_mark"] = answer.progress;
    return out;
  } catch (flopwatch::device_error const&) {
    throw;
  } catch (flopwatch::error const& e) {
    if (e.code() == flopwatch::exit_code::no_device) throw;
    return {{"not_asked", e.what()}};
  }
}

std::string sentence_of(json const& facts) {
  std::vector<std::pair<std::string, std::string>> told;  // clause, names
  for (auto const& [name, found] : facts.items()) {
    auto const clause = clause_of(found);
    auto const same =
        std::find_if(told.begin(), told.end(), [&](auto const& one) { return one.first == clause; });
    if (same == told.end()) {
      told.emplace_back(clause, name);
    } else {
      same->second += ", " + name;
    }
  }
  std::string out;
  for (auto const& [clause, names] : told) {
    if (!out.empty()) out += "; ";
    out.append(names).append(": ").append(clause);
  }
  return out + ".";
}

}  // namespace gpu_probes
