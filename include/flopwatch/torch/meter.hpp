// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "flopwatch/meter_interval.hpp"
#include "flopwatch/meter_ranks.hpp"
#include "flopwatch/operator_rule.hpp"
#include "flopwatch/peaks.hpp"
#include "flopwatch/reuse.hpp"
#include "flopwatch/session.hpp"
#include "flopwatch/torch/detail/dispatcher.hpp"

namespace flopwatch {

namespace detail {
class meter_state;

/// What of the inputs of a step decides how much work it is.
class step_inputs {
 public:
  void add(at::Tensor const& tensor);
  void add(std::int64_t value);
  template <class Input>
  void add_any(Input const& input) {
    if constexpr (std::is_convertible_v<Input const&, at::Tensor const&>) {
      add(static_cast<at::Tensor const&>(input));
    } else if constexpr (std::is_integral_v<Input> || std::is_enum_v<Input>) {
      add(static_cast<std::int64_t>(input));
    } else {
      add(static_cast<std::int64_t>(input.size()));
      for (auto const& one : input) add_any(one);
    }
  }
  [[nodiscard]] std::vector<std::int64_t>& words() noexcept { return words_; }
  /// Why they do not decide it; "" where they do.
  [[nodiscard]] std::string const& unsigned_because() const noexcept { return unsigned_because_; }

 private:
  std::vector<std::int64_t> words_;
  std::string unsigned_because_;
};
}  // namespace detail

/// Where the executed FLOPs of a meter are from.
enum class measure : std::uint8_t {
  operators,  ///< the operators of each step, counted by their rules
  run,        ///< the counters of a GPU, in replay mode `reuse`
};

struct meter_options {
  /// What MFU and HFU are parts of: `peak::of_chip("H200")`, or one that is given. nullopt: there are none.
  std::optional<flopwatch::peak> peak = {};
  int every = 1;               ///< steps of an interval
  double check_budget = 0.01;  ///< the part of the run's time that checks may add, 0 to 1
  std::map<std::string, operator_rule_function> operator_rules = {};  ///< as session_options::operator_rules
  std::function<std::int64_t()> clock_ns = {};                        ///< empty: the steady clock
  std::uint64_t seed = 0;  ///< of the choice of checks; 0: another one in each run
  flopwatch::measure measure = flopwatch::measure::operators;
  /// With `measure::run`: the GPU, "cuda:N". Empty: the first that holds a parameter, else cuda:0.
  std::string device = {};
  std::string metrics = {};             ///< with `measure::run`, as session_options::metrics
  flopwatch::reuse_options reuse = {};  ///< with `measure::run`, as session_options::reuse
  /// A session of replay mode `reuse` that the program has started and stops itself: its counters are read,
  /// in the place of `measure::run`. The meter ends its steps: do not call session::step. It must live as
  /// long as the meter.
  session* running = nullptr;
  /// Of this process in its job, from 0, and how many there are. nullopt: as the launcher says it (torchrun,
  /// Slurm, Open MPI, another MPI), else 0 of 1.
  std::optional<int> rank = {};
  std::optional<int> ranks = {};
  /// Intervals are those of all ranks together: `all_reduce(group)` (flopwatch/torch/meter_ranks.hpp), or
  /// another all-reduce. All ranks must have as many steps. Empty: each rank has its own.
  rank_sum sum_ranks = {};
};

/// Follows a run step by step: executed FLOPs by number format, MFU and HFU, by the operators, or by the
/// counters of a GPU.
///
///     flopwatch::meter meter{model, {.peak = flopwatch::peak::of_chip("H200"), .every = 10}};
///     meter.on_interval(flopwatch::meter_csv_file("steps.csv"));
///     for (auto& batch : *loader) {
///       meter.begin(batch.data);  // signs the step
///       train(model, batch);
///       meter.step();
///     }
///
/// A step is signed by its inputs' shapes, formats, devices and strides, by the modules' training flags, by
/// the parameters' shapes, formats and whether they are trained, by gradient mode and autocast; at its end by
/// which parameters have gradients and how many nodes the autograd graph had. The first two steps are counted
/// as a session counts them, and each further one that is signed like none of those. Any other step has the
/// count of an equal one: it costs a look. Some of these are counted again, at random, as checks; where a
/// check differs, steps of that kind are reported with the mean of their counts, and are not exact.
///
/// A step without `begin` begins where the last one ended, has no signature, and is counted in full; of the
/// first one the meter did not see the beginning, so it is missing.
///
/// With `measure::run`, or `running`, each distinct launch is measured a few times, within a budget of the
/// time, and its counts stand for all equal ones (docs/measuring.md, "Whole runs"). Nothing is signed then: a
/// step is what ran since the last one ended, and `begin` says nothing. What the kernels of products did
/// beyond the operators' products is `padding_flops`; launches without counts are named. Without a GPU, or
/// without the permission to read its counters, the meter says so once on standard error and counts by the
/// operators; `meter_interval::source` says which of the two an interval is from.
///
/// Belongs to one thread. It counts with a session of its own: while another one records, steps that would be
/// counted are missing, and the interval says so.
class meter {
 public:
  /// \throws usage_error for an empty root, `every` below 1, a check_budget that is no part of 1, a rank
  /// that is not below `ranks`, a `running` session of another replay mode, and options that do not go
  /// together \throws device_error for another GPU than those that there are \throws session_error where
  /// `running` does not record, or another session does
  explicit meter(std::shared_ptr<torch::nn::Module> root, meter_options options = {});
  template <class Contained>
  explicit meter(torch::nn::ModuleHolder<Contained> const& root, meter_options options = {})
      : meter(std::static_pointer_cast<torch::nn::Module>(root.ptr()), std::move(options)) {}
  /// The steps of an interval that has not ended go to the outlets.
  ~meter();
  meter(meter&&) noexcept;
  meter& operator=(meter&&) noexcept;

  /// A step begins. \param inputs tensors, whole numbers, and ranges of them: what decides how much work it
  /// is
  template <class... Inputs>
  void begin(Inputs const&... inputs) {
    detail::step_inputs signature;
    (signature.add_any(inputs), ...);
    begin_step(std::move(signature));
  }
  /// It has ended.
  void step();

  /// `outlet` gets each interval as it ends, on the thread of `step`. What it throws is said once on standard
  /// error, and does not end the run. \throws usage_error for an empty function
  void on_interval(std::function<void(meter_interval const&)> outlet);
  /// nullopt before the first interval has ended.
  [[nodiscard]] std::optional<meter_interval> const& last() const;
  /// All steps of this rank so far. A step without a count is in it once an equal one was counted. \throws
  /// overflow_error
  [[nodiscard]] meter_interval total() const;
  [[nodiscard]] int rank() const noexcept;   ///< of this process in its job
  [[nodiscard]] int ranks() const noexcept;  ///< of the job

 private:
  void begin_step(detail::step_inputs signature);
  std::unique_ptr<detail::meter_state> state_;
};

}  // namespace flopwatch
