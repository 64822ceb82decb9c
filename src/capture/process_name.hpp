// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace flopwatch {

/// Which process of a job this is, as its launcher says it. Numbers count from 0.
struct process_name {
  std::string host;
  std::int64_t pid = 0;
  std::optional<std::int64_t> rank;        ///< nullopt: no launcher numbered the processes
  std::optional<std::int64_t> local_rank;  ///< among those of its host
  std::optional<std::int64_t> world_size;  ///< processes of the job
  friend bool operator==(process_name const&, process_name const&) = default;
};

/// The value of an environment variable; null if it is not set.
using environment = std::function<char const*(char const*)>;

/// Ranks of torchrun (`RANK`), Slurm (`SLURM_PROCID`), Open MPI (`OMPI_COMM_WORLD_RANK`) or another MPI
/// (`PMI_RANK`): of the first of these whose rank is a number below its number of processes.
[[nodiscard]] process_name process_from(environment const& variable);

/// The calling process. Asks the operating system each time: after fork() it is another one.
[[nodiscard]] process_name this_process();

/// Entries of a capture's info that say by which process it was recorded, and since when.
void describe(process_name const& who, std::map<std::string, std::string>& info);

}  // namespace flopwatch
