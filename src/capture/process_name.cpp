// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/process_name.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "flopwatch/capture_records.hpp"

namespace flopwatch {
namespace {

struct launcher {
  char const* rank;
  char const* local_rank;
  char const* world_size;
};

// torchrun first: it also runs inside a step of Slurm, whose number is then that of torchrun itself.
constexpr std::array launchers{
    launcher{"RANK", "LOCAL_RANK", "WORLD_SIZE"},
    launcher{"SLURM_PROCID", "SLURM_LOCALID", "SLURM_NTASKS"},
    launcher{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_SIZE"},
    launcher{"PMI_RANK", "MPI_LOCALRANKID", "PMI_SIZE"},
};

std::optional<std::int64_t> number_in(environment const& variable, char const* name) {
  char const* const text = variable(name);
  if (text == nullptr) return std::nullopt;
  std::string_view const all(text);
  std::int64_t value = 0;
  auto const [end, failure] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (failure != std::errc() || end != all.data() + all.size() || value < 0) return std::nullopt;
  return value;
}

std::string host_name() {
  std::array<char, 256> text{};
  if (gethostname(text.data(), text.size() - 1) != 0 || text[0] == '\0') return "unknown";
  return text.data();
}

/// To the nanosecond: two recordings of one process never begin at the same one.
std::string now_utc_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:09}Z", text.data(), now.tv_nsec);
}

}  // namespace

process_name process_from(environment const& variable) {
  process_name out;
  out.host = host_name();
  out.pid = getpid();
  for (auto const& l : launchers) {
    auto const rank = number_in(variable, l.rank);
    if (!rank) continue;
    auto const size = number_in(variable, l.world_size);
    if (size && *rank >= *size) continue;
    out.rank = rank;
    out.world_size = size;
    out.local_rank = number_in(variable, l.local_rank);
    break;
  }
  return out;
}

process_name this_process() {
  return process_from([](char const* name) { return std::getenv(name); });
}

void describe(process_name const& who, std::map<std::string, std::string>& info) {
  info[info_key::host] = who.host;
  info[info_key::pid] = std::to_string(who.pid);
  info[info_key::started_utc] = now_utc_ns();
  auto const put = [&](char const* key, std::optional<std::int64_t> const& value) {
    if (value) info[key] = std::to_string(*value);
  };
  put(info_key::rank, who.rank);
  put(info_key::local_rank, who.local_rank);
  put(info_key::world_size, who.world_size);
}

}  // namespace flopwatch
