// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "capture/process_reader.hpp"
#include "capture/writer.hpp"

namespace flopwatch::capture_detail {

class merged_info;

/// The data losses of a merged capture: those of its processes, one of each kind with the processes that have
/// it, and what only all of them together show. They follow from the processes alone.
class merged_losses {
 public:
  void add(process_record const& who, std::vector<data_loss_record> const& losses);
  /// \param resized_modules as merged_tree
  [[nodiscard]] std::vector<data_loss_record> finish(merged_info const& info,
                                                     std::int64_t resized_modules) const;

 private:
  struct one_kind {
    std::int64_t count = 0;
    std::vector<std::string> texts;  ///< different ones, a few
    bool more_texts = false;
    std::vector<process_record> processes;
  };

  std::vector<process_record> processes_;
  std::map<std::pair<std::string, severity>, one_kind> kinds_;
};

}  // namespace flopwatch::capture_detail
