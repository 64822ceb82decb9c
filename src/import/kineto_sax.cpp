// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/kineto_sax.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flopwatch/error.hpp"
#include "import/operator_args.hpp"

namespace flopwatch::importing {
namespace {

/// A file as the input of the parser, a block at a time.
class character_feed {
 public:
  explicit character_feed(byte_source& from) : from_(from) { refill(); }
  [[nodiscard]] bool ended() const noexcept { return at_ == end_; }
  [[nodiscard]] char now() const noexcept { return block_[at_]; }
  void advance() {
    if (++at_ == end_) refill();
  }

 private:
  void refill() {
    at_ = 0;
    end_ = from_.read(block_);
  }
  byte_source& from_;
  std::vector<char> block_ = std::vector<char>(std::size_t{1} << 18U);
  std::size_t at_ = 0, end_ = 0;
};

class feed_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = char const*;
  using reference = char;

  feed_iterator() = default;
  explicit feed_iterator(character_feed& feed) : feed_(&feed) {}
  char operator*() const noexcept { return feed_->now(); }
  feed_iterator& operator++() {
    feed_->advance();
    return *this;
  }
  feed_iterator operator++(int) {
    auto const before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(feed_iterator const& a, feed_iterator const& b) noexcept {
    return a.at_end() == b.at_end();
  }
  friend bool operator!=(feed_iterator const& a, feed_iterator const& b) noexcept { return !(a == b); }

 private:
  [[nodiscard]] bool at_end() const noexcept { return feed_ == nullptr || feed_->ended(); }
  character_feed* feed_ = nullptr;
};

enum class field : std::uint8_t {
  other,
  ph,
  cat,
  name,
  pid,
  tid,
  ts,
  dur,
  args,
  correlation,
  device,
  context,
  stream,
  grid,
  block,
  sequence,
  forward_thread,
  dims,
  types,
  concrete,
  counter,
};

field field_of(std::string_view key) {
  switch (key.size()) {
    case 2:
      return key == "ph" ? field::ph : key == "ts" ? field::ts : field::other;
    case 3:
      return key == "cat"   ? field::cat
             : key == "pid" ? field::pid
             : key == "tid" ? field::tid
             : key == "dur" ? field::dur
                            : field::other;
    case 4:
      return key == "name" ? field::name : key == "args" ? field::args : field::other;
    default:
      return field::other;
  }
}

field arg_field_of(std::string_view key) {
  struct known {
    std::string_view key;
    field is;
  };
  static constexpr std::array<known, 11> all{{{"correlation", field::correlation},
                                              {"device", field::device},
                                              {"context", field::context},
                                              {"stream", field::stream},
                                              {"grid", field::grid},
                                              {"block", field::block},
                                              {"Sequence number", field::sequence},
                                              {"Fwd thread id", field::forward_thread},
                                              {"Input Dims", field::dims},
                                              {"Input type", field::types},
                                              {"Concrete Inputs", field::concrete}}};
  for (auto const& k : all) {
    if (k.key == key) return k.is;
  }
  return key.find("__") != std::string_view::npos ? field::counter : field::other;
}

/// Nanoseconds of microseconds; 0 for a time out of range.
std::int64_t to_ns(double us) {
  constexpr double most = 9.0e15;
  return std::abs(us) < most ? static_cast<std::int64_t>(std::llround(us * 1000)) : 0;
}

class trace_reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit trace_reader(metric_table& metrics) : metrics_(metrics) {}

  trace_events events;
  bool any_structure = false;
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
      event_string(v);
    } else if (depth_ == event_depth_ + 2 && key_ == field::types) {
      arg_at(next_index_++).type = v;
    } else if (depth_ == event_depth_ + 2 && key_ == field::concrete) {
      arg_at(next_index_++).concrete = v;
    }
    return true;
  }

  bool start_object(std::size_t /*n*/) override {
    any_structure = true;
    ++depth_;
    if (section_ == section::events && depth_ == event_depth_) clear_event();
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
      if (key_ == field::counter) counter_ = metrics_.find_or_add(k);
    }
    return true;
  }

  bool end_object() override {
    if (section_ == section::events && depth_ == event_depth_) finish_event();
    if (section_ == section::devices && depth_ == 3) events.devices.push_back(device_);
    --depth_;
    return true;
  }

  bool start_array(std::size_t /*n*/) override {
    any_structure = true;
    ++depth_;
    if (depth_ == 1) {
      event_depth_ = 2;
      section_ = section::events;
    }
    if (section_ != section::events) return depth_ < most_depth;
    if (depth_ == event_depth_ + 2) next_index_ = 0;
    // A shape begins: of a tensor, until a shape inside it shows that it is a list of tensors.
    if (key_ == field::dims && depth_ == event_depth_ + 3) {
      auto& arg = arg_at(next_index_);
      arg.sizes.assign(1, {});
      arg.is_list = false;
    }
    if (key_ == field::dims && depth_ == event_depth_ + 4) {
      auto& arg = arg_at(next_index_);
      if (!arg.is_list) arg.sizes.clear();
      arg.is_list = true;
      arg.sizes.emplace_back();
    }
    return depth_ < most_depth;
  }

  bool end_array() override {
    if (section_ == section::events && key_ == field::dims && depth_ == event_depth_ + 3) ++next_index_;
    if (section_ == section::events && depth_ == event_depth_ + 2 && key_ == field::dims) has_shapes_ = true;
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
  static constexpr std::size_t most_args = 256;

  traced_arg& arg_at(std::size_t i) {
    i = std::min(i, most_args - 1);
    for (; arg_count_ <= i; ++arg_count_) {
      if (arg_count_ == args_.size()) args_.emplace_back();
      args_[arg_count_].clear();
    }
    return args_[i];
  }

  void clear_event() {
    ph_ = 0;
    cat_.clear();
    name_.clear();
    begin_us_ = duration_us_ = 0;
    pid_ = tid_ = 0;
    has_pid_ = has_tid_ = has_begin_ = has_shapes_ = in_args_ = false;
    kernel_ = {};
    sequence_ = -1;
    forward_thread_ = 0;
    arg_count_ = 0;
    values_.clear();
    key_ = field::other;
  }

  void event_string(std::string& v) {
    switch (key_) {
      case field::ph:
        ph_ = v.size() == 1 ? v[0] : '?';
        break;
      case field::cat:
        cat_.swap(v);
        break;
      case field::name:
        name_.swap(v);
        break;
      default:
        break;
    }
  }

  bool number(double real, std::int64_t integer) {
    if (depth_ == 1 && top_key_is_driver_) events.cuda_driver_version = std::to_string(integer);
    if (section_ == section::devices && depth_ == 3 && device_key_ != nullptr) device_.*device_key_ = integer;
    if (section_ != section::events) return true;
    if (depth_ == event_depth_) {
      event_number(real, integer);
    } else if (depth_ == event_depth_ + 1 && in_args_) {
      arg_number(real, integer);
    } else if (in_args_) {
      array_number(integer);
    }
    return true;
  }

  void event_number(double real, std::int64_t integer) {
    switch (key_) {
      case field::pid:
        pid_ = integer;
        has_pid_ = true;
        break;
      case field::tid:
        tid_ = integer;
        has_tid_ = true;
        break;
      case field::ts:
        begin_us_ = real;
        has_begin_ = true;
        break;
      case field::dur:
        duration_us_ = real;
        break;
      default:
        break;
    }
  }

  void arg_number(double real, std::int64_t integer) {
    switch (key_) {
      case field::correlation:
        kernel_.correlation = integer;
        break;
      case field::device:
        kernel_.device = integer;
        break;
      case field::context:
        kernel_.context = integer;
        break;
      case field::stream:
        kernel_.stream = integer;
        break;
      case field::sequence:
        sequence_ = integer;
        break;
      case field::forward_thread:
        forward_thread_ = integer;
        break;
      case field::counter:
        values_.push_back({counter_, std::isfinite(real) && real >= 0 ? std::optional(real) : std::nullopt});
        break;
      default:
        break;
    }
  }

  void array_number(std::int64_t integer) {
    auto const inside = depth_ - event_depth_;
    if (inside == 2 && (key_ == field::grid || key_ == field::block)) {
      auto& sizes = key_ == field::grid ? kernel_.grid : kernel_.block;
      if (next_index_ < sizes.size()) sizes[next_index_++] = std::max<std::int64_t>(1, integer);
    } else if (key_ == field::dims && (inside == 3 || inside == 4)) {
      auto& sizes = arg_at(next_index_).sizes;
      if (!sizes.empty()) sizes.back().push_back(integer);
    }
  }

  span_event span() {
    span_event s;
    s.begin_ns = to_ns(begin_us_);
    s.end_ns = std::max(s.begin_ns, to_ns(begin_us_ + duration_us_));
    s.thread = thread();
    return s;
  }

  std::uint32_t thread() {
    std::pair const key(pid_, tid_);
    if (!events.threads.empty() && events.threads[last_thread_] == key) return last_thread_;
    auto const [known, is_new] =
        thread_ids_.try_emplace(key, static_cast<std::uint32_t>(events.threads.size()));
    if (is_new) events.threads.push_back(key);
    return last_thread_ = known->second;
  }

  std::uint32_t encoded_args() {
    if (!has_shapes_ || arg_count_ == 0) return operator_event::no_shapes;
    encoder_.clear();
    for (std::size_t i = 0; i < arg_count_; ++i) encode(args_[i], encoder_);
    auto const words = encoder_.words();
    std::string_view const bytes(reinterpret_cast<char const*>(words.data()), words.size_bytes());
    auto const known = args_by_bytes_.find(bytes);
    if (known != args_by_bytes_.end()) return known->second;
    auto const id = static_cast<std::uint32_t>(events.args.size());
    auto const& kept = events.args.emplace_back(words.begin(), words.end());
    args_by_bytes_.emplace(
        std::string_view(reinterpret_cast<char const*>(kept.data()), kept.size() * sizeof(kept[0])), id);
    return id;
  }

  void finish_event() {
    if (ph_ != 'X' || !has_begin_) return;
    if (cat_ == "cpu_op") {
      if (!has_pid_ || !has_tid_) return;
      operator_event e;
      static_cast<span_event&>(e) = span();
      e.name = events.names.add(name_);
      e.args = encoded_args();
      e.sequence = sequence_;
      e.from_backward = forward_thread_ != 0;
      events.operators.push_back(e);
    } else if (cat_ == "cuda_runtime" || cat_ == "cuda_driver") {
      if (!has_pid_ || !has_tid_) return;
      launch_event e;
      static_cast<span_event&>(e) = span();
      e.name = events.names.add(name_);
      e.correlation = kernel_.correlation;
      events.launches.push_back(e);
    } else if (cat_ == "kernel") {
      kernel_.begin_ns = to_ns(begin_us_);
      kernel_.name = events.names.add(name_);
      events.kernels.push_back(kernel_);
    } else if (cat_ == "python_function") {
      constexpr std::string_view module = "nn.Module: ";
      if (has_pid_ && has_tid_ && name_.starts_with(module))
        add_named(events.modules, std::string_view(name_).substr(module.size()));
    } else if (cat_ == "user_annotation") {
      if (has_pid_ && has_tid_) add_named(events.annotations, name_);
    } else if (cat_ == "cuda_profiler_range") {
      events.counters.push_back({to_ns(begin_us_), events.names.add(name_), values_});
    }
  }

  void add_named(std::vector<span_event>& to, std::string_view name) {
    auto& e = to.emplace_back(span());
    e.name = events.names.add(name);
  }

  metric_table& metrics_;
  int depth_ = 0;
  int event_depth_ = 3;
  section section_ = section::other;
  field key_ = field::other;
  bool in_args_ = false, key_is_name_ = false, top_key_is_driver_ = false;
  trace_device device_;
  std::int64_t trace_device::*device_key_ = nullptr;
  // The event that is open:
  char ph_ = 0;
  std::string cat_, name_;
  double begin_us_ = 0, duration_us_ = 0;
  std::int64_t pid_ = 0, tid_ = 0, sequence_ = -1, forward_thread_ = 0;
  bool has_pid_ = false, has_tid_ = false, has_begin_ = false, has_shapes_ = false;
  kernel_event kernel_;
  std::vector<traced_arg> args_;
  std::size_t arg_count_ = 0, next_index_ = 0;
  std::uint32_t counter_ = 0;
  std::vector<metric_value> values_;
  // What makes events small:
  args_encoder encoder_;
  std::unordered_map<std::string_view, std::uint32_t> args_by_bytes_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> thread_ids_;
  std::uint32_t last_thread_ = 0;
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
