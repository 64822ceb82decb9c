// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/import_nsys.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/open.hpp"
#include "flopwatch/error.hpp"
#include "import/launch_calls.hpp"
#include "import/nsys_tables.hpp"

namespace flopwatch::importing {
namespace {

constexpr auto kernel_table = "CUPTI_ACTIVITY_KIND_KERNEL";
constexpr auto call_table = "CUPTI_ACTIVITY_KIND_RUNTIME";
constexpr auto range_table = "NVTX_EVENTS";
constexpr auto graph_table = "CUPTI_ACTIVITY_KIND_GRAPH_TRACE";
// Values of NVTX_EVENTS.eventType.
constexpr std::int64_t push_pop_range = 59;
constexpr std::int64_t start_end_range = 60;
constexpr std::int64_t new_domain = 75;
/// The part of a global thread id that is the thread's own.
constexpr std::int64_t thread_bits = 0xFFFFFF;

struct nsys_kernel {
  std::int64_t begin_ns = 0, launched_ns = 0, correlation = -1, process = 0;
  std::int64_t name = 0, device = 0, context = 0, stream = 0, thread = 0, scope = 0;
  bool has_launch = false;
  bool missing = false;  ///< the name is that of the call, which has no kernel
  dimensions grid{1, 1, 1}, block{1, 1, 1};
};

/// A call of the CUDA API that has no kernel in the export.
struct nsys_call {
  std::int64_t begin_ns = 0, thread = 0, name = 0;
};

struct nsys_range {
  std::int64_t begin_ns = 0, end_ns = 0, domain = 0;
  std::string text;
};

class nsys_import {
 public:
  nsys_import(nsys_tables& tables, capture_sink& sink) : tables_(tables), sink_(sink) {}

  void run() {
    read_kernels();
    read_graphs();
    read_launches();
    add_missing_kernels();
    read_ranges();
    describe_gpu();
    for (auto& [thread, launches] : by_thread_) place(ranges_[thread], launches);
    std::stable_sort(kernels_.begin(), kernels_.end(), [](nsys_kernel const& a, nsys_kernel const& b) {
      return std::pair(a.launched_ns, a.begin_ns) < std::pair(b.launched_ns, b.begin_ns);
    });
    for (auto const& k : kernels_) write(k);
  }

 private:
  void read_kernels() {
    tables_.for_each(kernel_table,
                     {"start", "correlationId", "globalPid", "demangledName", "deviceId", "contextId",
                      "streamId", "gridX", "gridY", "gridZ", "blockX", "blockY", "blockZ"},
                     [&](nsys_row const& row) {
                       nsys_kernel k;
                       k.begin_ns = k.launched_ns = row.integer(0);
                       k.correlation = row.is_null(1) ? -1 : row.integer(1);
                       k.process = row.integer(2);
                       k.name = row.integer(3);
                       k.device = row.integer(4);
                       k.context = row.integer(5);
                       k.stream = row.integer(6);
                       for (std::size_t i = 0; i < 3; ++i) {
                         k.grid[i] = std::max<std::int64_t>(1, row.integer(7 + static_cast<int>(i)));
                         k.block[i] = std::max<std::int64_t>(1, row.integer(10 + static_cast<int>(i)));
                       }
                       devices_.insert(k.device);
                       kernels_.push_back(k);
                     });
  }

  void read_graphs() {
    if (!tables_.has(graph_table)) return;
    tables_.for_each(graph_table, {"correlationId", "globalPid"}, [&](nsys_row const& row) {
      sink_.losses().add(loss::import_launch_without_kernel, "whole CUDA graphs");
      if (row.is_null(0)) {
        every_graph_known_ = true;
      } else {
        graphs_.emplace(row.integer(1), row.integer(0));
      }
    });
  }

  /// Correlations are numbers of one process; where the export has no process, there is one.
  void read_launches() {
    bool const has_process = tables_.has(kernel_table, "globalPid");
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> of_call;
    for (std::size_t i = 0; i < kernels_.size(); ++i) {
      if (kernels_[i].correlation >= 0) of_call[{kernels_[i].process, kernels_[i].correlation}].push_back(i);
    }
    std::vector<std::string> const columns{"start", "correlationId", "globalTid", "nameId", "returnValue"};
    tables_.for_each(call_table, columns, [&](nsys_row const& row) {
      if (row.is_null(1)) return;
      auto const process = has_process ? row.integer(2) & ~thread_bits : 0;
      auto const found = of_call.find({process, row.integer(1)});
      if (found == of_call.end()) {
        if (row.integer(4) == 0 && !graphs_.contains({process, row.integer(1)}))
          note_call({row.integer(0), row.integer(2), row.integer(3)});
        return;
      }
      for (auto const i : found->second) {
        auto& k = kernels_[i];
        if (k.has_launch) continue;
        k.has_launch = true;
        k.launched_ns = row.integer(0);
        k.thread = row.integer(2) & thread_bits;
        by_thread_[row.integer(2)].push_back(i);
      }
    });
  }

  void note_call(nsys_call const& call) {
    auto const& name = tables_.string(call.name);
    bool const graph = launches_graph(name) && !every_graph_known_;
    if (launches_kernel(name) || graph) lone_calls_.push_back(call);
    bool const begins = name.find("StreamBeginCapture") != std::string::npos;
    if (begins || name.find("StreamEndCapture") != std::string::npos)
      captures_[call.thread][call.begin_ns] = begins;
  }

  /// What is launched into a graph that is being captured runs later.
  bool is_captured(nsys_call const& call) const {
    auto const marks = captures_.find(call.thread);
    if (marks == captures_.end()) return false;
    auto const after = marks->second.upper_bound(call.begin_ns);
    return after != marks->second.begin() && std::prev(after)->second;
  }

  void add_missing_kernels() {
    for (auto const& call : lone_calls_) {
      if (is_captured(call)) continue;
      nsys_kernel k;
      k.begin_ns = k.launched_ns = call.begin_ns;
      k.name = call.name;
      k.thread = call.thread & thread_bits;
      k.has_launch = k.missing = true;
      by_thread_[call.thread].push_back(kernels_.size());
      kernels_.push_back(k);
    }
  }

  void read_ranges() {
    if (!tables_.has(range_table)) return;
    tables_.for_each(
        range_table, {"start", "end", "eventType", "globalTid", "domainId", "text", "textId"},
        [&](nsys_row const& row) {
          auto const type = row.integer(2);
          if (type != push_pop_range && type != start_end_range && type != new_domain) return;
          auto text = row.is_null(5) ? tables_.string(row.integer(6)) : row.text(5);
          if (type == start_end_range) {
            sink_.losses().add(loss::import_ranges_left_out, std::string_view(text).substr(0, 60));
            return;
          }
          if (type == new_domain) {
            domains_[row.integer(4)] = std::move(text);
            return;
          }
          auto const end = row.is_null(1) ? std::numeric_limits<std::int64_t>::max() : row.integer(1);
          ranges_[row.integer(3)].push_back({row.integer(0), end, row.integer(4), std::move(text)});
        });
  }

  /// A range is open at a launch from its beginning until before its end. Ranges of two domains can cross
  /// each other.
  void place(std::vector<nsys_range>& ranges, std::vector<std::size_t>& launches) {
    std::stable_sort(ranges.begin(), ranges.end(), [](nsys_range const& a, nsys_range const& b) {
      return std::pair(a.begin_ns, b.end_ns) < std::pair(b.begin_ns, a.end_ns);
    });
    std::stable_sort(launches.begin(), launches.end(), [&](std::size_t a, std::size_t b) {
      return kernels_[a].launched_ns < kernels_[b].launched_ns;
    });
    std::vector<nsys_range const*> open;
    std::size_t next = 0;
    auto const enter_until = [&](std::int64_t now_ns) {
      for (; next < ranges.size() && ranges[next].begin_ns <= now_ns; ++next) {
        std::erase_if(open, [&](nsys_range const* r) { return r->end_ns <= ranges[next].begin_ns; });
        open.push_back(&ranges[next]);
        sink_.scopes().enter(scope_of(open));
      }
    };
    for (auto const i : launches) {
      auto& k = kernels_[i];
      enter_until(k.launched_ns);
      std::erase_if(open, [&](nsys_range const* r) { return r->end_ns <= k.launched_ns; });
      k.scope = scope_of(open);
    }
    enter_until(std::numeric_limits<std::int64_t>::max());  // those after the last launch are entries, too
  }

  std::int64_t scope_of(std::vector<nsys_range const*> const& open) {
    std::int64_t scope = 0;
    for (auto const* r : open) {
      auto const domain = domains_.find(r->domain);
      scope =
          sink_.scopes().of_range(scope, domain == domains_.end() ? std::string() : domain->second, r->text);
    }
    return scope;
  }

  void describe_gpu() {
    auto const device = devices_.empty() ? 0 : *devices_.begin();
    sink_.info()[info_key::device] = fmt::format("cuda:{}", device);
    if (devices_.size() > 1) {
      sink_.info()["devices"] = fmt::format("kernels of {} GPUs, which are all listed", devices_.size());
    }
    constexpr auto table = "TARGET_INFO_GPU";
    if (!tables_.has(table)) return;
    tables_.for_each(table, {"id", "name", "computeMajor", "computeMinor"}, [&](nsys_row const& row) {
      if (row.integer(0) != device) return;
      sink_.info()[info_key::gpu] = row.text(1);
      sink_.set_compute_capability(fmt::format("{}.{}", row.integer(2), row.integer(3)));
    });
  }

  void write(nsys_kernel const& k) {
    imported_launch l;
    l.kernel = tables_.string(k.name);
    if (k.missing) {
      sink_.losses().add(loss::import_launch_without_kernel, l.kernel);
      l.kernel = missing_kernel;
    }
    if (l.kernel.empty()) l.kernel = "(kernel without a name)";
    if (!k.has_launch)
      sink_.losses().add(loss::import_kernel_without_launch, std::string_view(l.kernel).substr(0, 60));
    l.scope = k.scope;
    if (k.scope != 0) l.phase = sink_.scopes().all()[static_cast<std::size_t>(k.scope - 1)].phase;
    l.context = k.context;
    l.stream = k.stream;
    l.thread = k.thread;
    l.grid = k.grid;
    l.block = k.block;
    sink_.add(l);
  }

  nsys_tables& tables_;
  capture_sink& sink_;
  std::vector<nsys_kernel> kernels_;
  std::map<std::int64_t, std::vector<std::size_t>> by_thread_;
  std::map<std::int64_t, std::vector<nsys_range>> ranges_;  ///< by thread
  std::map<std::int64_t, std::string> domains_;
  std::set<std::int64_t> devices_;
  std::set<std::pair<std::int64_t, std::int64_t>> graphs_;  ///< process and correlation of whole graphs
  bool every_graph_known_ = false;  ///< the export does not say which call launched them
  std::vector<nsys_call> lone_calls_;
  std::map<std::int64_t, std::map<std::int64_t, bool>> captures_;  ///< by thread and time: begins, or ends
};

}  // namespace

void import_nsys(std::filesystem::path const& database, capture_sink& sink, std::string const& label) {
  try {
    nsys_tables tables(database);
    if (!tables.has(kernel_table) || !tables.has(call_table) || !tables.has("StringIds")) {
      throw usage_error(fmt::format(
          "{} has no kernels of Nsight Systems: trace CUDA (nsys profile --trace cuda,nvtx), then export it with 'nsys "
          "export --type sqlite'",
          label));
    }
    nsys_import(tables, sink).run();
  } catch (capture_detail::sqlite_failure const& e) {
    throw usage_error(fmt::format("{} cannot be read as a database: {}; export it again", label, e.what()));
  } catch (capture_detail::damage const& e) {
    throw usage_error(fmt::format("{} is damaged: {}; export it again", label, e.what()));
  }
}

void import_nsys(byte_source& from, capture_sink& sink, std::string const& label) {
  auto const folder = capture_detail::scratch_folder::create();
  auto const file = folder.path() / "unpacked.sqlite";
  std::ofstream out(file, std::ios::binary);
  std::vector<char> block(std::size_t{1} << 18U);
  while (auto const n = from.read(block)) out.write(block.data(), static_cast<std::streamsize>(n));
  out.close();
  if (!out)
    throw usage_error(
        fmt::format("{} cannot be unpacked into the folder for temporary files: no space?", label));
  import_nsys(file, sink, label);
}

}  // namespace flopwatch::importing
