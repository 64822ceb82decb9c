// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/torch/meter.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

#include "flopwatch/error.hpp"
#include "flopwatch/result.hpp"
#include "flopwatch/session.hpp"
#include "session/session_state.hpp"
#include "torch/meter_checks.hpp"
#include "torch/meter_signature.hpp"
#include "torch/meter_steps.hpp"

namespace flopwatch {
namespace detail {
namespace {

using torch_layer::counted_step;
using torch_layer::ended_step;
using torch_layer::known_step;
using torch_layer::step_signature;
using torch_layer::step_sums;

/// The first step can do more than those after it.
constexpr std::int64_t first_counted = 2;
constexpr int most_in_vain = 64;
constexpr std::size_t most_signatures = 10'000;

std::int64_t steady_now_ns() {
  auto const now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

/// What the operators of one step did.
counted_step count_of(result const& counted) {
  counted_step out;
  std::string unsupported;
  for (auto const& call : counted.analysis().capture.operator_calls) {
    if (call.status == operator_status::unsupported || call.status == operator_status::partly_counted) {
      auto const name = call.name.substr(0, call.name.find('.'));
      if (unsupported.find(name) == unsupported.npos) unsupported += (unsupported.empty() ? "" : ", ") + name;
    }
    if (call.total == work{}) continue;
    meter_cell cell{call.phase, call.precision, std::string(to_string(call.precision))};
    if (call.total.macs != 0 && call.precision == precision::fp32 &&
        torch_layer::may_use_tf32(call.name.find("conv") != call.name.npos)) {
      cell.peak_format = "tf32";
    }
    out.amounts[cell] += call.total;
  }
  if (!unsupported.empty()) out.reasons.push_back("operators without a whole rule: " + unsupported);
  for (auto const& loss : counted.analysis().capture.losses) {
    if (loss.severity == severity::error) out.reasons.push_back(loss.text);
  }
  if (!counted.exact() && out.reasons.empty()) out.reasons.emplace_back("the operator column is not exact");
  return out;
}

}  // namespace

class meter_state {
 public:
  meter_state(std::shared_ptr<torch::nn::Module> root, meter_options options)
      : options_(std::move(options)),
        root_(std::move(root)),
        session_(session_options{.operator_rules = options_.operator_rules}),
        checks_(options_.check_budget, options_.seed) {
    if (!options_.clock_ns) options_.clock_ns = steady_now_ns;
    began_ns_ = now_ns();
    missing_ = "the meter did not see step 1 begin: call begin() with its inputs";
  }
  ~meter_state() {
    if (interval_.steps() > 0) flush();
  }
  meter_state(meter_state const&) = delete;
  meter_state& operator=(meter_state const&) = delete;

  void begin(step_inputs inputs) {
    drop_count();
    begun_ = true;
    unsigned_because_ = inputs.unsigned_because();
    auto signature = std::move(inputs.words());
    torch_layer::sign_modes(signature);
    torch_layer::sign_modules(signature, *root_);
    beginning_ = nullptr;
    if (unsigned_because_.empty()) {
      auto const known = beginnings_.find(signature);
      if (known != beginnings_.end()) {
        beginning_ = &known->second;
      } else if (signatures_ < most_signatures) {
        ++signatures_;
        beginning_ = &beginnings_[std::move(signature)];
      } else {
        unsigned_because_ = "there were too many kinds of steps before it";
      }
    }
    nodes_ = torch_layer::nodes_made();
    start(beginning_);
  }

  void step() {
    auto const ended_ns = now_ns();
    auto const step_ns = ended_ns - began_ns_;
    ended_step step;
    if (step_ns >= 0) step.step_ns = step_ns;
    step.missing = missing_;
    auto const known_before = signatures_;
    auto* const known = beginning_ == nullptr ? nullptr : known_of_this();
    if (signatures_ != known_before) beginning_->in_vain = 0;
    step.known = known;
    bool const counted = counts_;
    if (counts_) {
      counts_ = false;
      step.counted = count_of(session_.stop());
      if (known != nullptr) known->read(*step.counted);
    }
    if (counted) {
      checks_.counted(around_ns_ + std::max<std::int64_t>(0, now_ns() - ended_ns),
                      std::max<std::int64_t>(0, step_ns), check_);
    } else if (step.step_ns) {
      checks_.uncounted(*step.step_ns);
    }
    if (beginning_ != nullptr) beginning_->look(counted);
    if (!counted && known == nullptr && step.missing.empty()) {
      step.missing =
          unsigned_because_.empty() ? "there were too many kinds of steps before it" : unsigned_because_;
    }
    total_.add(step);
    interval_.add(step);
    if (interval_.steps() >= options_.every) flush();
    begin_next();
  }

  void on_interval(std::function<void(meter_interval const&)> outlet) {
    if (!outlet) throw usage_error("meter::on_interval was given no function to call");
    outlets_.push_back({std::move(outlet), false});
  }
  [[nodiscard]] std::optional<meter_interval> const& last() const noexcept { return last_; }
  [[nodiscard]] meter_interval total() const { return total_.interval(options_.peak); }

 private:
  /// Steps that begin alike.
  struct beginning {
    std::map<step_signature, known_step> ends;
    bool wanted = true;  ///< the next one is counted
    int in_vain = 0;     ///< counted steps in a row after which one was still wanted

    /// A step has ended. One that ends in its own way may never come again.
    void look(bool counted) {
      bool open = ends.empty();
      for (auto const& [signature, known] : ends) open = open || !known.has_count() || known.unsettled();
      in_vain = open ? in_vain + (counted ? 1 : 0) : 0;
      wanted = open && in_vain < most_in_vain;
    }
  };
  struct open_outlet {
    std::function<void(meter_interval const&)> function;
    bool failed;
  };

  [[nodiscard]] std::int64_t now_ns() const { return options_.clock_ns(); }

  known_step* known_of_this() {
    step_signature end{torch_layer::nodes_made() - nodes_};
    torch_layer::sign_gradients(end, *root_);
    auto const found = beginning_->ends.find(end);
    if (found != beginning_->ends.end()) return &found->second;
    if (signatures_ >= most_signatures) return nullptr;
    ++signatures_;
    return &beginning_->ends.try_emplace(std::move(end), "step " + std::to_string(total_.next_step()))
                .first->second;
  }

  /// The next step has no signature as long as `begin` is not called. A program that calls it need not have
  /// counted what is in between.
  void begin_next() {
    bool const signs = begun_;
    begun_ = false;
    beginning_ = nullptr;
    missing_.clear();
    check_ = false;
    around_ns_ = 0;
    began_ns_ = now_ns();
    if (!signs) start(nullptr);
  }

  void drop_count() noexcept {
    if (!counts_) return;
    counts_ = false;
    session_.state().abandon();
  }

  /// \param of null: the step has no signature, and is counted
  void start(beginning const* of) {
    missing_.clear();
    check_ = false;
    if (of != nullptr && !of->wanted && total_.steps() >= first_counted) {
      check_ = checks_.due();
      if (!check_) return;
    }
    auto const before_ns = now_ns();
    try {
      session_.start();
      counts_ = true;
    } catch (error const& e) {
      missing_ = "step " + std::to_string(total_.next_step()) + " could not be counted: " + e.what();
      check_ = false;
    }
    around_ns_ = std::max<std::int64_t>(0, now_ns() - before_ns);
  }

  void flush() {
    last_ = interval_.interval(options_.peak);
    interval_ = step_sums(total_.next_step());
    for (auto& outlet : outlets_) {
      std::string failure;
      try {
        outlet.function(*last_);
      } catch (std::exception const& e) {
        failure = e.what();
      } catch (...) {
        failure = "an exception of another type";
      }
      if (failure.empty() || std::exchange(outlet.failed, true)) continue;
      std::fprintf(
          stderr,
          "flopwatch: an outlet of the meter threw: %s; the run goes on, and further failures of it are "
          "not reported\n",
          failure.c_str());
    }
  }

  meter_options options_;
  std::shared_ptr<torch::nn::Module> root_;
  session session_;
  torch_layer::step_checks checks_;
  std::map<step_signature, beginning> beginnings_;
  std::size_t signatures_ = 0;
  std::vector<open_outlet> outlets_;
  step_sums total_{1};
  step_sums interval_{1};
  std::optional<meter_interval> last_;
  // Of the running step.
  bool begun_ = false;              ///< by `begin`
  beginning* beginning_ = nullptr;  ///< null: it has no signature
  std::string unsigned_because_;
  std::string missing_;
  std::int64_t nodes_ = 0;
  std::int64_t began_ns_ = 0;
  std::int64_t around_ns_ = 0;
  bool counts_ = false;
  bool check_ = false;
};

}  // namespace detail

meter::meter(std::shared_ptr<torch::nn::Module> root, meter_options options) {
  if (root == nullptr) throw usage_error("meter was given an empty module: make it first");
  if (options.every < 1) {
    throw usage_error("meter_options::every is " + std::to_string(options.every) + ": give 1 step or more");
  }
  if (!(options.check_budget >= 0 && options.check_budget <= 1)) {
    throw usage_error("meter_options::check_budget is " + std::to_string(options.check_budget) +
                      ": give the part of the run's time that checks may add, 0 to 1");
  }
  state_ = std::make_unique<detail::meter_state>(std::move(root), std::move(options));
}
meter::~meter() = default;
meter::meter(meter&&) noexcept = default;
meter& meter::operator=(meter&&) noexcept = default;

void meter::begin_step(detail::step_inputs signature) { state_->begin(std::move(signature)); }
void meter::step() { state_->step(); }
void meter::on_interval(std::function<void(meter_interval const&)> outlet) {
  state_->on_interval(std::move(outlet));
}
std::optional<meter_interval> const& meter::last() const { return state_->last(); }
meter_interval meter::total() const { return state_->total(); }

}  // namespace flopwatch
