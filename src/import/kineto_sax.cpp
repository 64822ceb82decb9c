// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/kineto_sax.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flopwatch/error.hpp"
#include "import/character_feed.hpp"
#include "import/open_event.hpp"

namespace flopwatch::importing {
namespace {

/// Where in the JSON the parser is, and what of it the open event takes.
class trace_reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit trace_reader(metric_table& metrics) : metrics_(metrics) {}

  trace_events events;
  std::string problem;

  bool null() override { return true; }
  bool boolean(bool /*v*/) override { return true; }
  bool number_integer(number_integer_t v) override { return number(static_cast<double>(v), v); }
  bool number_unsigned(number_unsigned_t v) override {
    return number(static_cast<double>(v), static_cast<std::int64_t>(v));
  }
  bool number_float(number_float_t v, string_t const& /*text*/) override {
    constexpr double most = 9.0e18;
    return number(v, std::abs(v) < most ? static_cast<std::int64_t>(v) : 0);
  }
  bool binary(binary_t& /*v*/) override { return true; }

  bool string(string_t& v) override {
    if (section_ == section::devices && depth_ == 3 && key_is_name_) device_.name = v;
    if (section_ != section::events) return true;
    if (depth_ == event_depth_) {
      event_.set_text(key_, v);
    } else if (depth_ == event_depth_ + 2 && (key_ == field::types || key_ == field::concrete)) {
      event_.add_text(key_, v);
    }
    return true;
  }

  bool start_object(std::size_t /*n*/) override {
    ++depth_;
    if (section_ == section::events && depth_ == event_depth_) {
      event_.begin();
      in_args_ = false;
      key_ = field::other;
    }
    if (section_ == section::devices && depth_ == 3) device_ = {};
    return depth_ < most_depth;
  }

  bool key(string_t& k) override {
    if (depth_ == 1 && event_depth_ == 3) {
      section_ = k == "traceEvents"        ? section::events
                 : k == "deviceProperties" ? section::devices
                                           : section::other;
      top_key_is_driver_ = k == "cuda_driver_version";
    } else if (section_ == section::devices && depth_ == 3) {
      key_is_name_ = k == "name";
      device_key_ = k == "id"             ? &trace_device::id
                    : k == "computeMajor" ? &trace_device::major
                    : k == "computeMinor" ? &trace_device::minor
                                          : nullptr;
    } else if (section_ == section::events && depth_ == event_depth_) {
      key_ = field_of(k);
      in_args_ = key_ == field::args;
    } else if (section_ == section::events && depth_ == event_depth_ + 1 && in_args_) {
      key_ = arg_field_of(k);
      if (key_ == field::counter) event_.set_counter(metrics_.find_or_add(k));
    }
    return true;
  }

  bool end_object() override {
    if (section_ == section::events && depth_ == event_depth_) event_.end();
    if (section_ == section::devices && depth_ == 3) events.devices.push_back(device_);
    --depth_;
    return true;
  }

  bool start_array(std::size_t /*n*/) override {
    ++depth_;
    if (depth_ == 1) {
      event_depth_ = 2;
      section_ = section::events;
    }
    if (section_ != section::events) return depth_ < most_depth;
    if (depth_ == event_depth_ + 2) event_.begin_list();
    if (key_ == field::dims && depth_ == event_depth_ + 3) event_.begin_shape();
    if (key_ == field::dims && depth_ == event_depth_ + 4) event_.begin_inner_shape();
    return depth_ < most_depth;
  }

  bool end_array() override {
    if (section_ == section::events && key_ == field::dims) {
      if (depth_ == event_depth_ + 3) event_.end_shape();
      if (depth_ == event_depth_ + 2) event_.end_shapes();
    }
    --depth_;
    return true;
  }

  bool parse_error(std::size_t /*position*/, std::string const& /*token*/,
                   nlohmann::detail::exception const& e) override {
    problem = e.what();
    return false;
  }

 private:
  enum class section : std::uint8_t { other, events, devices };
  /// Of brackets: more than any trace has.
  static constexpr int most_depth = 200;

  bool number(double real, std::int64_t integer) {
    if (depth_ == 1 && top_key_is_driver_) events.cuda_driver_version = std::to_string(integer);
    if (section_ == section::devices && depth_ == 3 && device_key_ != nullptr) device_.*device_key_ = integer;
    if (section_ != section::events) return true;
    if (depth_ == event_depth_) {
      event_.set_number(key_, real, integer);
    } else if (depth_ == event_depth_ + 1 && in_args_) {
      event_.set_argument(key_, real, integer);
    } else if (in_args_) {
      number_in_list(integer);
    }
    return true;
  }

  void number_in_list(std::int64_t integer) {
    auto const inside = depth_ - event_depth_;
    if (inside == 2 && (key_ == field::grid || key_ == field::block)) {
      event_.add_size(key_, integer);
    } else if (key_ == field::dims && (inside == 3 || inside == 4)) {
      event_.add_to_shape(integer);
    }
  }

  metric_table& metrics_;
  int depth_ = 0;
  int event_depth_ = 3;
  section section_ = section::other;
  field key_ = field::other;
  bool in_args_ = false, key_is_name_ = false, top_key_is_driver_ = false;
  trace_device device_;
  std::int64_t trace_device::*device_key_ = nullptr;
  open_event event_{events};
};

}  // namespace

trace_events read_trace(byte_source& from, metric_table& metrics, std::string const& label) {
  character_feed feed(from);
  trace_reader reader(metrics);
  bool const whole = nlohmann::json::sax_parse(feed_iterator(feed), feed_iterator(), &reader);
  auto& e = reader.events;
  bool const any = !e.operators.empty() || !e.launches.empty() || !e.kernels.empty() || !e.modules.empty() ||
                   !e.annotations.empty() || !e.counters.empty();
  if (!any) {
    throw usage_error(
        whole ? fmt::format("{} has no events of torch.profiler (operators, launches, kernels or modules)",
                            label)
              : fmt::format("{} is no JSON trace: {}", label, reader.problem));
  }
  e.cut_off = !whole;
  return std::move(e);
}

}  // namespace flopwatch::importing
