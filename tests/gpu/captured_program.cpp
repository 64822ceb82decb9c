// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Captures kernels of known count into CUDA graphs while a session counts, launches the graphs, and launches
// kernels before, between and after. Prints the session's report; --checks has what the driver answered, and
// whether the results are those of the same work without a session.
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <cuda.h>
#include <nlohmann/json.hpp>

#include "flopwatch/scope.hpp"
#include "gpu/loaded_kernels.hpp"

namespace {

using known_counts::must;
using nlohmann::ordered_json;

constexpr char const* add = "known_fadd";
constexpr char const* multiply_add = "known_ffma";
constexpr int replays = 2;
constexpr unsigned char first_value = 0x3f;  // of each byte: as fp32, 0.747

struct plan {
  std::string table, cubins, save, checks;
  int device = 0;
  bool by_scope = false;
};

struct capture_mode {
  char const* name;
  CUstreamCaptureMode mode;
};
constexpr std::array modes{capture_mode{"global", CU_STREAM_CAPTURE_MODE_GLOBAL},
                           capture_mode{"thread_local", CU_STREAM_CAPTURE_MODE_THREAD_LOCAL},
                           capture_mode{"relaxed", CU_STREAM_CAPTURE_MODE_RELAXED}};

std::string cubin_of(plan const& p, known_counts::table const& table) {
  must(cuInit(0), "cuInit");
  auto const file =
      p.cubins + "/cuda_core_kernels_" + known_counts::architecture_of(p.device, table) + ".cubin";
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class work {
 public:
  work(plan const& p, known_counts::table const& table)
      : table_(&table),
        bytes_(std::size_t{64} * table.blocks * table.threads),
        kernels_(p.device, cubin_of(p, table), bytes_) {
    must(cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
  }
  ~work() { cuStreamDestroy(stream_); }
  work(work const&) = delete;
  work& operator=(work const&) = delete;

  /// What the driver answered, by mode; the same launches each time.
  ordered_json run() {
    must(cuMemsetD8(kernels_.memory(), first_value, bytes_), "cuMemsetD8");
    must(cuCtxSynchronize(), "cuCtxSynchronize");
    ordered_json out;
    for (auto const& mode : modes) {
      launch({add, multiply_add});
      out[mode.name] = capture_and_replay(mode);
      launch({add, multiply_add});
    }
    must(cuStreamSynchronize(stream_), "cuStreamSynchronize");
    return out;
  }

  [[nodiscard]] std::vector<unsigned char> results() const {
    std::vector<unsigned char> out(bytes_);
    must(cuMemcpyDtoH(out.data(), kernels_.memory(), bytes_), "cuMemcpyDtoH");
    return out;
  }

 private:
  void launch(std::vector<char const*> const& names) {
    for (auto const* name : names) kernels_.start(name, *table_, stream_);
  }

  ordered_json capture_and_replay(capture_mode const& mode) {
    ordered_json out;
    CUgraph graph = nullptr;
    CUgraphExec exec = nullptr;
    out["begin"] = static_cast<int>(cuStreamBeginCapture(stream_, mode.mode));
    {
      flopwatch::scope const block(std::string("captured ") + mode.name, "Block");
      launch({add, multiply_add, add});
    }
    out["end"] = static_cast<int>(cuStreamEndCapture(stream_, &graph));
    launch({multiply_add});
    if (graph == nullptr) return out;
    out["instantiate"] = static_cast<int>(cuGraphInstantiate(&exec, graph, 0));
    for (int i = 0; i < replays; ++i)
      out["launches"].push_back(static_cast<int>(cuGraphLaunch(exec, stream_)));
    must(cuStreamSynchronize(stream_), "cuStreamSynchronize");
    cuGraphExecDestroy(exec);
    cuGraphDestroy(graph);
    return out;
  }

  known_counts::table const* table_;
  std::size_t bytes_;
  known_counts::loaded kernels_;
  CUstream stream_ = nullptr;
};

flopwatch::session_options options_of(plan const& p) {
  return {.device = "cuda:" + std::to_string(p.device),
          .metrics = "cuda-core",
          .replay = flopwatch::replay_mode::none,
          .scope_depth = p.by_scope ? 1 : 0,
          .isolate_ranges = p.by_scope,
          .raw = flopwatch::raw_choice::none};
}

int run(plan const& p) {
  auto const table = known_counts::table::read(p.table);
  work captured(p, table);
  static_cast<void>(captured.run());
  auto const bare = captured.results();
  flopwatch::session session(options_of(p));
  session.start();
  ordered_json checks{{"captures", captured.run()}};
  auto const result = session.stop();
  checks["results_equal"] = captured.results() == bare;
  checks["results_changed"] = bare != std::vector<unsigned char>(bare.size(), first_value);
  std::ofstream(p.checks) << checks.dump(2) << '\n';
  std::cout << result.json();
  if (!p.save.empty()) result.save(p.save);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Counts kernels of known count that are captured into CUDA graphs, and those around them."};
  plan p;
  app.add_option("--table", p.table, "known_kernels.json")->required();
  app.add_option("--cubins", p.cubins, "folder of the compiled kernels")->required();
  app.add_option("--device", p.device, "number of the GPU")->check(CLI::Range(0, 1 << 16));
  app.add_flag("--by-scope", p.by_scope, "count kernels by scope, which takes graphs too");
  app.add_option("--save", p.save, "file for the capture");
  app.add_option("--checks", p.checks, "file for what the driver answered")->required();
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return run(p);
  } catch (flopwatch::error const& e) {
    std::cerr << "captured_program: " << e.what() << '\n';
    return static_cast<int>(e.code());
  } catch (std::exception const& e) {
    std::cerr << "captured_program: " << e.what() << '\n';
    return 1;
  }
}
