// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/known_counts.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#include <cuda.h>
#include <nlohmann/json.hpp>

#include "gpu/loaded_kernels.hpp"

namespace known_counts {
namespace {

constexpr std::size_t bytes_per_thread = 64;
constexpr std::string_view tensor_prefix = "sm__ops_path_tensor_";
constexpr std::string_view sass_prefix = "sm__sass_thread_inst_executed_op_";

std::int64_t together(std::string const& who) {
  if (who == "thread") return 1;
  if (who == "every second thread") return 2;
  if (who == "warp") return 32;
  if (who == "four warps") return 128;
  throw std::runtime_error("nobody is called \"" + who + "\"");
}

/// Whether a metric counts what the kernel does. Of the tensor cores it may be one of several parts: all
/// products of that number format belong to it, in whatever way the chip tells them apart.
bool counts(std::string const& name, known_counts::kernel const& k) {
  if (!k.on_tensor_cores()) return name == k.metric;
  if (!name.starts_with(tensor_prefix)) return false;
  auto const format = k.metric.substr(k.metric.find("_src_"));
  auto const at = name.find(format);
  if (at == std::string::npos) return false;
  auto const behind = name.substr(at + format.size(), 1);
  return behind == "_" || behind == ".";
}

int number_of(std::string const& architecture) { return std::atoi(architecture.c_str()); }

std::string read_file(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

bool kernel::is_for(std::string const& architecture) const {
  if (!only_architecture.empty()) return architecture == only_architecture;
  return number_of(architecture) >= from_architecture;
}

table table::read(std::filesystem::path const& file) {
  try {
    auto const j = nlohmann::json::parse(read_file(file));
    table t;
    t.blocks = j.at("launch").at("blocks").get<unsigned>();
    t.threads = j.at("launch").at("threads").get<unsigned>();
    t.trips = j.at("launch").at("trips").get<int>();
    t.architectures = j.at("architectures").get<std::vector<std::string>>();
    for (auto const& k : j.at("kernels")) {
      kernel out;
      out.name = k.at("kernel").get<std::string>();
      out.source = k.at("source").get<std::string>();
      out.metric = k.at("metric").get<std::string>();
      out.per_trip = k.at("per_trip").get<std::int64_t>();
      out.flops_each = k.at("flops_each").get<std::int64_t>();
      out.threads_together = together(k.at("by").get<std::string>());
      out.from_architecture = k.value("from_architecture", 0);
      out.only_architecture = k.value("only_architecture", std::string());
      t.kernels.push_back(std::move(out));
    }
    return t;
  } catch (nlohmann::json::exception const& e) {
    throw std::runtime_error(file.string() + ": " + e.what());
  }
}

std::int64_t table::instructions(kernel const& k) const {
  return k.per_trip * trips * (static_cast<std::int64_t>(blocks) * threads / k.threads_together);
}

std::string architecture_for(int major, int minor, std::vector<std::string> const& known) {
  auto const wanted = 10 * major + minor;
  std::string best;
  for (auto const& a : known) {
    auto const number = number_of(a);
    // What is made for one GPU alone ("90a") runs on no other; the rest on all of the same generation.
    bool const fits = std::string_view("0123456789").find(a.back()) == std::string_view::npos
                          ? number == wanted
                          : number / 10 == wanted / 10 && number <= wanted;
    if (fits && (best.empty() || number_of(best) <= number)) best = a;
  }
  return best;
}

program::program(table const& t, std::filesystem::path const& folder, int device) : table_(t) {
  must(cuInit(0), "cuInit");
  auto const architecture = architecture_of(device, t);
  auto const bytes = bytes_per_thread * t.blocks * t.threads;
  std::map<std::string, std::shared_ptr<loaded>> by_file;
  for (auto const& k : t.kernels) {
    if (!k.is_for(architecture)) continue;
    auto const cubin = std::filesystem::path(k.source).stem().string() + "_" + architecture + ".cubin";
    auto& source = by_file[cubin];
    if (!source) source = std::make_shared<loaded>(device, read_file(folder / cubin), bytes);
    kernels_.push_back(k);
    sources_.push_back(source);
  }
}

program::~program() = default;
program::program(program&&) noexcept = default;

void program::launch(std::size_t i, void* stream) const {
  sources_.at(i)->start(kernels_.at(i).name.c_str(), table_, static_cast<CUstream>(stream));
}

void program::launch_all() const {
  for (std::size_t i = 0; i < kernels_.size(); ++i) launch(i);
  wait();
}

void program::wait() const { must(cuCtxSynchronize(), "cuCtxSynchronize"); }

outcome outcome_of(table const& t, kernel const& k, flopwatch::capture_data const& capture) {
  outcome out;
  out.kernel = k.name;
  out.on_tensor_cores = k.on_tensor_cores();
  out.expected = out.on_tensor_cores ? t.flops(k) : t.instructions(k);
  std::set<std::int64_t> ids;
  for (auto const& record : capture.kernels) {
    if (record.name == k.name) ids.insert(record.id);
  }
  for (auto const& group : capture.launch_groups) {
    if (!ids.contains(group.kernel)) continue;
    for (auto const& [name, sum] : group.sums) {
      if (!sum) continue;
      out.counters[name] += *sum;
      if (counts(name, k)) {
        out.counted = out.counted.value_or(0) + *sum;
      } else if (*sum != 0 && (name.starts_with(tensor_prefix) || name.starts_with(sass_prefix))) {
        out.also[name] += *sum;
      }
    }
  }
  return out;
}

std::vector<outcome> run(table const& t, std::filesystem::path const& folder, int device,
                         std::function<void(flopwatch::result const&)> const& keep) {
  flopwatch::session session{{.device = "cuda:" + std::to_string(device), .raw = flopwatch::raw_choice::all}};
  program const kernels(t, folder, device);
  auto const result = session.count([&] { kernels.launch_all(); });
  keep(result);
  std::vector<outcome> out;
  for (auto const& k : kernels.kernels()) out.push_back(outcome_of(t, k, result.analysis().capture));
  return out;
}

}  // namespace known_counts
