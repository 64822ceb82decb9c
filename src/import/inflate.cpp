// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// gzip and zip, with zlib.
#include <algorithm>
#include <array>
#include <cstdint>
#include <zlib.h>

#include <fmt/format.h>

#include "flopwatch/error.hpp"
#include "import/unpack.hpp"

namespace flopwatch::importing {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 16U;
constexpr int gzip_windows = MAX_WBITS + 16;
constexpr int raw_windows = -MAX_WBITS;

/// Deflated bytes. Stops at the end of the deflated stream; what follows it is `rest`.
class inflater {
 public:
  inflater(int windows, std::string label) : label_(std::move(label)) {
    if (inflateInit2(&z_, windows) != Z_OK) throw std::bad_alloc();
  }
  inflater(inflater const&) = delete;
  inflater& operator=(inflater const&) = delete;
  ~inflater() { inflateEnd(&z_); }

  std::size_t read(byte_source& from, std::span<char> out) {
    z_.next_out = reinterpret_cast<Bytef*>(out.data());
    z_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), std::size_t{1} << 30U));
    auto const wanted = z_.avail_out;
    while (z_.avail_out == wanted && !ended_) {
      if (z_.avail_in == 0) refill(from);
      auto const rc = inflate(&z_, Z_NO_FLUSH);
      if (rc == Z_STREAM_END) {
        ended_ = true;
      } else if (rc != Z_OK) {
        damaged();
      }
    }
    return wanted - z_.avail_out;
  }

  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Starts with the next member, if there are more bytes. \return false at the end
  bool next_member(byte_source& from) {
    if (z_.avail_in == 0) {
      fill(from);
      if (z_.avail_in == 0) return false;
    }
    inflateReset(&z_);
    ended_ = false;
    return true;
  }
  /// Bytes that were read and not used.
  [[nodiscard]] std::span<char const> rest() const noexcept {
    return {reinterpret_cast<char const*>(z_.next_in), z_.avail_in};
  }
  [[noreturn]] void damaged() const {
    throw usage_error(
        fmt::format("{} is damaged or cut off: its compressed bytes cannot be unpacked", label_));
  }

 private:
  void fill(byte_source& from) {
    z_.next_in = reinterpret_cast<Bytef*>(block_.data());
    z_.avail_in = static_cast<uInt>(from.read(block_));
  }
  void refill(byte_source& from) {
    fill(from);
    if (z_.avail_in == 0) damaged();
  }

  z_stream z_{};
  std::string label_;
  std::array<char, block_bytes> block_{};
  bool ended_ = false;
};

class gzip_source : public byte_source {
 public:
  gzip_source(std::unique_ptr<byte_source> from, std::string const& label)
      : from_(std::move(from)), inflater_(gzip_windows, label) {}

  std::size_t read(std::span<char> out) override {
    if (out.empty()) return 0;
    while (true) {
      auto const n = inflater_.read(*from_, out);
      if (n > 0) return n;
      if (!inflater_.next_member(*from_)) return 0;
    }
  }

 private:
  std::unique_ptr<byte_source> from_;
  inflater inflater_;
};

struct zip_entry {
  static constexpr std::size_t bytes = 30;
  unsigned flags = 0, method = 0;
  std::uint32_t crc = 0, packed_bytes = 0;
  std::size_t name_bytes = 0, extra_bytes = 0;
};

std::uint32_t number_at(std::string_view text, std::size_t at, std::size_t width) {
  std::uint32_t out = 0;
  for (auto i = width; i-- > 0;) out = out << 8U | static_cast<unsigned char>(text[at + i]);
  return out;
}

/// The one file of an archive. Its checksum is compared where the archive says it before the file.
class zip_source : public byte_source {
 public:
  zip_source(std::unique_ptr<peeking_source> from, std::string label)
      : from_(std::move(from)), label_(std::move(label)), inflater_(raw_windows, label_) {
    auto const head = from_->peek(zip_entry::bytes);
    if (head.size() < zip_entry::bytes) inflater_.damaged();
    entry_ = {number_at(head, 6, 2),  number_at(head, 8, 2),  number_at(head, 14, 4),
              number_at(head, 18, 4), number_at(head, 26, 2), number_at(head, 28, 2)};
    constexpr unsigned encrypted = 1;
    constexpr unsigned size_follows = 8;
    size_follows_ = (entry_.flags & size_follows) != 0;
    bool const known = entry_.method == 8 || (entry_.method == 0 && !size_follows_);
    if ((entry_.flags & encrypted) != 0 || !known) {
      throw usage_error(fmt::format(
          "{} is a zip archive that is encrypted or packed in an unusual way: unpack it first", label_));
    }
    skip(*from_, zip_entry::bytes + entry_.name_bytes + entry_.extra_bytes);
    left_ = entry_.packed_bytes;
  }

  std::size_t read(std::span<char> out) override {
    if (out.empty() || done_) return 0;
    auto const n = entry_.method == 8 ? inflater_.read(*from_, out) : stored(out);
    crc_ = static_cast<std::uint32_t>(
        crc32(crc_, reinterpret_cast<Bytef const*>(out.data()), static_cast<uInt>(n)));
    if (n == 0) finish();
    return n;
  }

 private:
  std::size_t stored(std::span<char> out) {
    if (left_ == 0) return 0;
    auto const n = from_->read(out.first(std::min(out.size(), left_)));
    if (n == 0) inflater_.damaged();
    left_ -= n;
    return n;
  }

  void skip(byte_source& from, std::size_t n) {
    std::array<char, 256> buffer{};
    while (n > 0) {
      auto const got = from.read(std::span(buffer).first(std::min(n, buffer.size())));
      if (got == 0) inflater_.damaged();
      n -= got;
    }
  }

  void finish() {
    done_ = true;
    if (!size_follows_ && crc_ != entry_.crc) inflater_.damaged();
    auto const rest = inflater_.rest();
    std::string after(rest.begin(), rest.end());
    constexpr std::size_t longest_descriptor = 24;
    after += from_->peek(longest_descriptor + 4);
    // Only the list of files may follow, perhaps after sizes that were not known at the beginning.
    for (std::size_t const at : {0U, 12U, 16U, 20U, 24U}) {
      if (after.size() >= at + 4 && std::string_view(after).substr(at, 4) == "PK\x03\x04") {
        throw usage_error(
            fmt::format("{} is a zip archive of several files: unpack it, and import one at a time", label_));
      }
      if (!size_follows_) break;
    }
  }

  std::unique_ptr<peeking_source> from_;
  std::string label_;
  inflater inflater_;
  zip_entry entry_;
  bool size_follows_ = false;
  bool done_ = false;
  std::size_t left_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace

std::unique_ptr<byte_source> gunzipped(std::unique_ptr<byte_source> from, std::string const& label) {
  return std::make_unique<gzip_source>(std::move(from), label);
}

std::unique_ptr<byte_source> unzipped(std::unique_ptr<peeking_source> from, std::string const& label) {
  return std::make_unique<zip_source>(std::move(from), label);
}

}  // namespace flopwatch::importing
