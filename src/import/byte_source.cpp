// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/byte_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "flopwatch/error.hpp"
#include "text/printable.hpp"

namespace flopwatch::importing {
namespace {

class file_source : public byte_source {
 public:
  file_source(std::filesystem::path const& path, std::string label)
      : file_(std::fopen(path.c_str(), "rb")), label_(std::move(label)) {
    if (file_ == nullptr) fail();
  }

  std::size_t read(std::span<char> out) override {
    auto const n = std::fread(out.data(), 1, out.size(), file_.get());
    if (n == 0 && std::ferror(file_.get()) != 0) fail();
    return n;
  }

 private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  [[noreturn]] void fail() const {
    throw usage_error(fmt::format("{} cannot be read: {}", label_, std::strerror(errno)));
  }

  std::unique_ptr<std::FILE, closer> file_;
  std::string label_;
};

}  // namespace

std::size_t memory_source::read(std::span<char> out) {
  auto const n = std::min(out.size(), left_.size());
  std::copy_n(left_.begin(), n, out.begin());
  left_.remove_prefix(n);
  return n;
}

std::string_view peeking_source::peek(std::size_t n) {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  while (held_.size() < n) {
    auto const had = held_.size();
    held_.resize(n);
    auto const got = from_->read(std::span(held_).subspan(had));
    held_.resize(had + got);
    if (got == 0) break;
  }
  return {held_.data(), std::min(n, held_.size())};
}

std::size_t peeking_source::read(std::span<char> out) {
  if (taken_ == held_.size()) return from_->read(out);
  auto const n = std::min(out.size(), held_.size() - taken_);
  std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(taken_), n, out.begin());
  taken_ += n;
  return n;
}

std::unique_ptr<byte_source> open_file(std::filesystem::path const& path, std::string const& label) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec))
    throw usage_error(fmt::format("{} is a folder: give a file", label));
  return std::make_unique<file_source>(path, label);
}

}  // namespace flopwatch::importing
