// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/open.hpp"
#include "capture/writer.hpp"
#include "flopwatch/capture_reader.hpp"
#include "flopwatch/import.hpp"
#include "flopwatch/metrics.hpp"
#include "flopwatch/report.hpp"

namespace flopwatch::test {

/// A launch as the capture of an import has it, with its counters by name.
struct read_launch {
  std::string kernel;
  launch_record record;
  std::map<std::string, std::optional<double>> counters;

  [[nodiscard]] double operator[](std::string const& metric) const { return counters.at(metric).value(); }
  /// Of the CUDA-core counter of an operation, "ffma", in either form.
  [[nodiscard]] std::int64_t op(std::string const& operation) const {
    for (auto const* unit : {"sm__", "smsp__"}) {
      auto const name = unit + ("sass_thread_inst_executed_op_" + operation) + "_pred_on.sum";
      if (auto const found = counters.find(name); found != counters.end()) {
        return static_cast<std::int64_t>(found->second.value());
      }
    }
    throw std::out_of_range(operation);
  }
  [[nodiscard]] std::int64_t fp32() const { return op("fadd") + op("fmul") + 2 * op("ffma"); }
  [[nodiscard]] std::int64_t tensor() const {
    return static_cast<std::int64_t>((*this)["sm__inst_executed_pipe_tensor.sum"]);
  }
  /// What the measured column has; nullopt: not measured.
  [[nodiscard]] std::optional<std::int64_t> flops() const {
    std::map<std::string, std::optional<std::int64_t>> sums;
    for (auto const& [name, value] : counters) {
      sums[name] = value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
    }
    auto const counted = flops_of(sums);
    return counted ? std::optional(counted->flops) : std::nullopt;
  }
};

/// The outcome of one import.
struct imported {
  import_summary summary;
  capture_data data;
  std::vector<read_launch> launches;

  [[nodiscard]] std::int64_t lost(std::string_view kind) const {
    for (auto const& l : data.losses) {
      if (l.kind == kind) return l.count;
    }
    return 0;
  }
  [[nodiscard]] std::string loss_text(std::string_view kind) const {
    for (auto const& l : data.losses) {
      if (l.kind == kind) return l.text;
    }
    return "";
  }
  [[nodiscard]] std::string path_of(read_launch const& l) const {
    return l.record.scope == 0 ? "" : data.scopes[static_cast<std::size_t>(l.record.scope - 1)].path;
  }
};

inline imported read_back_import(import_summary summary) {
  imported out;
  out.summary = std::move(summary);
  capture_reader const reader(out.summary.capture);
  out.data = reader.load();
  std::map<std::int64_t, std::vector<std::string>> names;  // of each plan, in order of ids
  for (auto const& m : out.data.metrics) names[m.plan].push_back(m.name);
  reader.for_each_launch([&](launch_record const& r) {
    read_launch l{out.data.kernels[static_cast<std::size_t>(r.kernel - 1)].display_name(), r, {}};
    for (std::size_t i = 0; i < r.counters.size(); ++i) l.counters[names[r.plan][i]] = r.counters[i];
    out.launches.push_back(std::move(l));
    return true;
  });
  return out;
}

/// Imports files into a capture that is gone afterwards.
inline imported import_files(std::vector<std::filesystem::path> files, import_options options = {}) {
  auto const folder = capture_detail::scratch_folder::create();
  options.files = std::move(files);
  options.capture = folder.path() / "out.flops";
  return read_back_import(import_profile(options));
}

/// Imports a synthetic file with that content.
inline imported import_text(std::string const& content, import_options const& options = {}) {
  auto const folder = capture_detail::scratch_folder::create();
  std::ofstream(folder.path() / "synthetic", std::ios::binary) << content;
  return import_files({folder.path() / "synthetic"}, options);
}

/// The folder of recordings that others made on real GPUs; empty where there is none.
inline std::filesystem::path recordings() {
  auto const* const folder = std::getenv("FLOPWATCH_RECORDINGS_DIR");
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

}  // namespace flopwatch::test
