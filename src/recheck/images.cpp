// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/images.hpp"

#include <cstring>
#include <map>

#include <fmt/format.h>

#include "cupti/api.hpp"
#include "cupti/host.hpp"
#include "cupti/locate/candidates.hpp"
#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"
#include "flopwatch/error.hpp"
#include "recheck/recheck.hpp"
#include "recheck/subprocess.hpp"

namespace flopwatch::recheck {
using namespace cupti;
namespace {

/// One host object for each chip, created on first use.
class host_of_chip {
 public:
  host const& operator()(counter_group_record const& group) {
    auto const it = hosts_.find(group.chip);
    if (it != hosts_.end()) return it->second;
    try {
      return hosts_.emplace(group.chip, host(group.chip)).first->second;
    } catch (usage_error const& unknown) {
      // The user did not name the chip, so this is no usage error: this CUPTI does not fit.
      throw cupti_error(
          fmt::format("{}; set FLOPWATCH_CUPTI to CUPTI {}, the version that counted", unknown.what(),
                      version_text(static_cast<std::uint32_t>(group.cupti_version))),
          exit_code::no_device);
    }
  }

 private:
  std::map<std::string, host> hosts_;
};

[[noreturn]] void throw_not_understood(std::span<std::uint8_t const> image, std::int64_t chunk,
                                       CUptiResult code) {
  if (is_synthetic(image)) {
    throw capture_error(fmt::format(
        "the raw image of chunk {} is SYNTHETIC: the stand-in of flopwatch's tests made it, not a GPU, and "
        "CUPTI cannot evaluate it; set FLOPWATCH_CUPTI to the stand-in, or use a capture from a GPU",
        chunk));
  }
  throw capture_error(fmt::format(
      "CUPTI {} does not understand the raw image of chunk {} ({}, code {}): it is damaged, or another "
      "version of CUPTI made it; use an undamaged copy of the capture, or set FLOPWATCH_CUPTI to the version "
      "that counted",
      version_text(library().version), chunk, line_of(code).name, static_cast<int>(code)));
}

std::size_t ranges_in(std::span<std::uint8_t const> image, std::int64_t chunk) {
  auto p = params<CUpti_RangeProfiler_GetCounterDataInfo_Params>();
  p.pCounterDataImage = image.data();
  p.counterDataImageSize = image.size();
  auto const code = library().cuptiRangeProfilerGetCounterDataInfo(&p);
  if (code != CUPTI_SUCCESS || p.numTotalRanges > image.size()) throw_not_understood(image, chunk, code);
  return p.numTotalRanges;
}

recheck_outcome recheck_here(std::filesystem::path const& file, bool as_json, progress_mark& at) {
  host_of_chip hosts;
  auto const evaluate = [&](raw_chunk_record const& chunk, counter_group_record const& group,
                            std::span<std::uint8_t const> image, std::span<std::string const> metrics) {
    at.store(chunk.id);
    auto const& chip = hosts(group);
    auto const ranges = ranges_in(image, chunk.id);
    std::vector<double> values;
    for (std::size_t r = 0; r < ranges; ++r) {
      auto const of_range = chip.evaluate(image, r, metrics);
      values.insert(values.end(), of_range.begin(), of_range.end());
    }
    at.store(0);
    return values;
  };
  capture_reader const reader(file);
  auto const result = recheck(reader, evaluate);
  auto const& copy = load_library();
  evaluator_name const by{version_text(copy.version), copy.path};
  auto const text = as_json ? recheck_json : recheck_text;
  return {text(result, file.string(), by), result.equal()};
}

}  // namespace

recheck_outcome recheck_file(std::filesystem::path const& file, bool as_json) {
  auto const answer = run_in_subprocess([&](progress_mark& at) {
    auto const outcome = recheck_here(file, as_json, at);
    return (outcome.equal ? '=' : '!') + outcome.output;
  });
  if (answer.signal != 0) {
    throw capture_error(
        answer.progress == 0
            ? fmt::format(
                  "CUPTI crashed ({}); set FLOPWATCH_CUPTI to another copy (`flopwatch doctor` lists them)",
                  strsignal(answer.signal))
            : fmt::format(
                  "CUPTI crashed on the raw image of chunk {} ({}): the image is damaged, or another version "
                  "of CUPTI made it; use an undamaged copy of the capture, or set FLOPWATCH_CUPTI to the version "
                  "that counted",
                  answer.progress, strsignal(answer.signal)));
  }
  return {answer.text.substr(1), answer.text.front() == '='};
}

}  // namespace flopwatch::recheck
