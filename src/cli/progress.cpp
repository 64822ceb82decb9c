// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <system_error>

#include <fmt/format.h>

#include "text/printable.hpp"

namespace flopwatch::cli {
namespace {

constexpr std::string_view erase_line = "\r\x1b[K";
constexpr std::chrono::milliseconds between_lines{500};

bool can_erase(int descriptor) {
  char const* const term = std::getenv("TERM");
  return isatty(descriptor) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

/// A line that fills the terminal would wrap, and then only its end is erased.
int columns_for(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

void write_all(int descriptor, std::string_view text) {
  [[maybe_unused]] auto const written = write(descriptor, text.data(), text.size());
}

}  // namespace

progress::progress(std::string const& what, int descriptor, std::chrono::milliseconds delay)
    : what_(text::printable(what)), descriptor_(descriptor) {
  if (!can_erase(descriptor)) return;
  try {
    writer_ = std::thread([this, delay] { write_until_ended(delay); });
  } catch (std::system_error const&) {  // no thread is left: the work goes on without the line
  }
}

progress::~progress() {
  if (!writer_.joinable()) return;
  {
    std::lock_guard const lock(mutex_);
    ended_ = true;
  }
  end_.notify_one();
  writer_.join();
}

void progress::reached(std::int64_t done, std::int64_t total) noexcept {
  if (total <= 0) return;
  auto const share = static_cast<double>(done) / static_cast<double>(total);
  percent_ = static_cast<int>(100 * std::clamp(share, 0.0, 1.0));
}

std::string progress::line(std::chrono::steady_clock::duration since_start) const {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(since_start).count();
  auto const percent = percent_.load();
  return fmt::format("flopwatch: {}, {}{} s", what_, percent < 0 ? "" : fmt::format("{} %, ", percent),
                     seconds);
}

void progress::write_until_ended(std::chrono::milliseconds delay) {
  std::unique_lock lock(mutex_);
  if (end_.wait_for(lock, delay, [this] { return ended_; })) return;
  do {
    auto const text = line(std::chrono::steady_clock::now() - start_);
    write_all(descriptor_, std::string(erase_line) + text::truncate_middle(text, columns_for(descriptor_)));
  } while (!end_.wait_for(lock, between_lines, [this] { return ended_; }));
  write_all(descriptor_, erase_line);
}

}  // namespace flopwatch::cli
