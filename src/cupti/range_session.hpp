// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cupti/api.hpp"
#include "cupti/fork_guard.hpp"

namespace flopwatch::cupti {

/// What one range profiler collects.
struct range_request {
  CUcontext context = nullptr;
  std::vector<std::string> metrics;  ///< those that `config` was made from
  std::vector<std::uint8_t> config;  ///< CUPTI's config image
  std::size_t max_ranges = 64;       ///< between `start` and `decode`
  CUpti_ProfilerRange range = CUPTI_AutoRange;
  CUpti_ProfilerReplayMode replay = CUPTI_UserReplay;
};

/// CUPTI's range profiler on one context. The context must be current on the calling thread in every call;
/// one thread at a time. Keeps both images at one address as long as CUPTI can use them.
class range_session {
 public:
  /// Enables the profiler on the context, which must be current.
  /// \throws cupti_error
  range_session(api const& cupti, range_request request);
  /// Stops and disables, and forgets what was not decoded.
  ~range_session();
  range_session(range_session const&) = delete;
  range_session& operator=(range_session const&) = delete;

  [[nodiscard]] range_request const& request() const noexcept { return request_; }
  [[nodiscard]] bool started() const noexcept { return started_; }
  /// The context takes the profiler with it: no call is made any more.
  void forget() noexcept { object_ = nullptr; }
  /// There is something to decode.
  [[nodiscard]] bool undecoded() const noexcept { return undecoded_; }

  /// \throws cupti_error
  void start();
  /// \returns true when every pass of the replay has been submitted. \throws cupti_error
  bool stop();
  /// Ranges by name, in user mode. \throws cupti_error
  /// `name` must live until `decode`.
  void push(char const* name);
  void pop();

  /// Waits for the context and fills the image.
  /// \returns the number of ranges that did not fit. \throws cupti_error
  std::size_t decode();
  /// Ranges in the decoded image. \throws cupti_error
  [[nodiscard]] std::size_t ranges() const;
  /// Name of a range in the decoded image. \throws cupti_error
  [[nodiscard]] std::string range_name(std::size_t range) const;
  [[nodiscard]] std::vector<std::uint8_t> const& image() const noexcept { return image_; }
  /// Empties the image, for the next chunk. \throws cupti_error
  void reset();

 private:
  void make_image();
  void configure();
  void release() noexcept;

  api const* cupti_;
  range_request request_;
  std::vector<char const*> names_;
  std::vector<std::uint8_t> image_;
  CUpti_RangeProfiler_Object* object_ = nullptr;
  bool started_ = false;
  bool undecoded_ = false;
  int pushed_ = 0;
  fork_guard process_;
};

/// One with half as many ranges, again and again, where the chip refuses so many: its limit is not
/// documented. \throws cupti_error
[[nodiscard]] std::unique_ptr<range_session> open_with_fewer_ranges(api const& cupti, range_request request);

/// Keeps a stopped session enabled until its context is measured again: to disable it now would disturb a
/// stream capture that is open. Thread-safe.
void put_off(std::unique_ptr<range_session> session) noexcept;
/// Disables those of the context, which must be current. Thread-safe.
void release_put_off(CUcontext context) noexcept;
/// The context is about to be destroyed: forgets them.
void forget_put_off(CUcontext context) noexcept;

}  // namespace flopwatch::cupti
