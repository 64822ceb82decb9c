// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/torch/meter.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

#include "capture/process_name.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/result.hpp"
#include "flopwatch/session.hpp"
#include "session/session_state.hpp"
#include "torch/meter_checks.hpp"
#include "torch/meter_counted.hpp"
#include "torch/meter_run.hpp"
#include "torch/meter_signature.hpp"
#include "torch/meter_steps.hpp"

namespace flopwatch {
namespace detail {
namespace {

using torch_layer::counted_of;
using torch_layer::ended_step;
using torch_layer::known_step;
using torch_layer::metered_run;
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

session_options run_options(torch::nn::Module const& root, meter_options const& from) {
  session_options out;
  out.device = from.device;
  for (auto const& parameter : root.parameters()) {
    if (!out.device.empty() || !parameter.defined() || !parameter.is_cuda()) continue;
    out.device = "cuda:" + std::to_string(parameter.device().index());
  }
  if (out.device.empty()) out.device = "cuda:0";
  out.metrics = from.metrics;
  out.replay = replay_mode::reuse;
  out.reuse = from.reuse;
  out.operator_rules = from.operator_rules;
  return out;
}

/// null where the counters are not read.
std::unique_ptr<metered_run> run_of(torch::nn::Module const& root, meter_options const& options) {
  if (options.running != nullptr) return std::make_unique<metered_run>(*options.running);
  if (options.measure != measure::run) return nullptr;
  std::string why;
  try {
    auto out = std::make_unique<metered_run>(run_options(root, options));
    if (out->refusal().empty()) return out;
    why = out->refusal();
  } catch (device_error const& e) {
    if (!cuda_driver().devices.empty()) throw;  // there are others
    why = e.what();
  }
  std::fprintf(stderr, "flopwatch: the meter counts by the operators, not by the GPU's counters: %s\n",
               why.c_str());
  return nullptr;
}

void refuse(std::string const& why) { throw usage_error("meter_options::" + why); }

void check(meter_options const& o) {
  if (o.every < 1) refuse("every is " + std::to_string(o.every) + ": give 1 step or more");
  if (!(o.check_budget >= 0 && o.check_budget <= 1)) {
    refuse("check_budget is " + std::to_string(o.check_budget) +
           ": give the part of the run's time that checks may add, 0 to 1");
  }
  bool const reads = o.measure == measure::run;
  if (reads && o.running != nullptr) {
    refuse("running is a session whose counters are read already: leave measure out");
  }
  for (auto const& [name, given] :
       {std::pair{"device", !o.device.empty()}, std::pair{"metrics", !o.metrics.empty()}}) {
    if (given && !reads) {
      refuse(std::string(name) + " is of the GPU's counters: give measure::run too, or leave it out");
    }
  }
  if (o.sum_ranks && (reads || o.running != nullptr)) {
    refuse("sum_ranks adds up operator counts: leave it out where counters are read");
  }
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
    set_ranks();
    run_ = run_of(*root_, options_);
    began_ns_ = now_ns();
    missing_ = "the meter did not see step 1 begin: call begin() with its inputs";
  }
  ~meter_state() {
    if (interval_.steps() > 0) flush();
  }
  meter_state(meter_state const&) = delete;
  meter_state& operator=(meter_state const&) = delete;

  void begin(step_inputs inputs) {
    if (run_ != nullptr) return;
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
    if (run_ != nullptr) {
      end_measured(step);
      return;
    }
    step.missing = missing_;
    auto const known_before = signatures_;
    auto* const known = beginning_ == nullptr ? nullptr : known_of_this();
    if (signatures_ != known_before) beginning_->in_vain = 0;
    step.known = known;
    bool const counted = counts_;
    if (counts_) {
      counts_ = false;
      step.counted = counted_of(session_.stop());
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
    add(step);
    begin_next();
  }

  void on_interval(std::function<void(meter_interval const&)> outlet) {
    if (!outlet) throw usage_error("meter::on_interval was given no function to call");
    outlets_.push_back({std::move(outlet), false});
  }
  [[nodiscard]] std::optional<meter_interval> const& last() const noexcept { return last_; }
  [[nodiscard]] meter_interval total() const {
    auto out = total_.interval(options_.peak, run_ == nullptr ? std::nullopt : run_->total());
    out.rank = rank_;
    return out;
  }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int ranks() const noexcept { return ranks_; }

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

  void set_ranks() {
    auto const process = this_process();
    rank_ = options_.rank.value_or(static_cast<int>(process.rank.value_or(0)));
    ranks_ = options_.ranks.value_or(static_cast<int>(process.world_size.value_or(std::int64_t{rank_} + 1)));
    if (rank_ >= 0 && rank_ < ranks_) return;
    refuse("rank is " + std::to_string(rank_) + " of " + std::to_string(ranks_) +
           " ranks: count ranks from 0, and give meter_options::ranks");
  }

  void add(ended_step const& step) {
    total_.add(step);
    interval_.add(step);
    if (interval_.steps() >= options_.every) flush();
  }

  void end_measured(ended_step& step) {
    try {
      run_->end_step(step);
    } catch (session_error const& e) {
      step.missing = e.what();
    }
    add(step);
    began_ns_ = now_ns();
  }

  /// `own` where the sum fails, because the run goes on.
  [[nodiscard]] meter_interval of_all(meter_interval own) const {
    try {
      std::string why_not;
      auto numbers = rank_numbers(own, interval_.times(options_.peak, why_not), ranks_);
      options_.sum_ranks(numbers);
      return of_all_ranks(own, numbers, ranks_);
    } catch (std::exception const& e) {
      own.exact = false;
      own.reasons.push_back("the sum over the ranks failed, so the figures are those of rank " +
                            std::to_string(rank_) + ": " + e.what());
      return own;
    }
  }

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
    last_->rank = rank_;
    if (options_.sum_ranks) last_ = of_all(*std::move(last_));
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
  std::unique_ptr<metered_run> run_;  ///< null: the operators are counted
  int rank_ = 0;
  int ranks_ = 1;
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
  detail::check(options);
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
int meter::rank() const noexcept { return state_->rank(); }
int meter::ranks() const noexcept { return state_->ranks(); }

}  // namespace flopwatch
