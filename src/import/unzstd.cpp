// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <fmt/format.h>
#include <zstd.h>

#include "flopwatch/error.hpp"
#include "import/unpack.hpp"

namespace flopwatch::importing {
namespace {

/// zstd's own limit without further options; a frame can ask for a larger window than any reader has room
/// for.
constexpr int most_window_bits = 27;

class zstd_source : public byte_source {
 public:
  zstd_source(std::unique_ptr<byte_source> from, std::string label)
      : from_(std::move(from)), label_(std::move(label)), stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, most_window_bits);
  }

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos == 0 && to.size > 0) {
      if (in_.pos == in_.size) {
        in_ = {block_.data(), from_->read(block_), 0};
        if (in_.size == 0 && !between_) damaged();
        if (in_.size == 0) return 0;
      }
      auto const rc = ZSTD_decompressStream(stream_.get(), &to, &in_);
      if (ZSTD_isError(rc) != 0) damaged();
      between_ = rc == 0;
    }
    return to.pos;
  }

 private:
  struct freer {
    void operator()(ZSTD_DStream* s) const noexcept { ZSTD_freeDStream(s); }
  };
  [[noreturn]] void damaged() const {
    throw usage_error(
        fmt::format("{} is damaged or cut off: its compressed bytes cannot be unpacked", label_));
  }

  std::unique_ptr<byte_source> from_;
  std::string label_;
  std::unique_ptr<ZSTD_DStream, freer> stream_;
  std::array<char, std::size_t{1} << 16U> block_{};
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool between_ = true;  ///< no frame is open
};

}  // namespace

std::unique_ptr<byte_source> unzstd(std::unique_ptr<byte_source> from, std::string const& label) {
  return std::make_unique<zstd_source>(std::move(from), label);
}

}  // namespace flopwatch::importing
