// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/live.hpp"
#include "flopwatch/operator_rule.hpp"
#include "flopwatch/replay.hpp"
#include "flopwatch/result.hpp"
#include "flopwatch/reuse.hpp"

namespace flopwatch {

namespace detail {
class session_state;
}

struct session_options {
  /// "cuda:N", the N-th visible device as PyTorch means it; "" or "cpu": no device.
  std::string device = {};
  /// What is measured on it: "cuda-core", "tensor" or "full" (both), or names of CUPTI's metrics with commas
  /// between them. Empty: "full" where `count` runs the function once for each group of metrics, else
  /// "cuda-core", which one run collects.
  std::string metrics = {};
  /// Number formats to which the tensor-core metrics are narrowed ("fp16", "bf16", "tf32", ...); fewer
  /// formats need fewer runs. Empty: all that the GPU has.
  std::vector<std::string> tensor_types = {};
  replay_mode replay = replay_mode::automatic;
  /// 0: each kernel is counted alone, and kernels run one after the other. Above 0: kernels that
  /// follow each other in one scope are counted together, by the scopes down to this depth (1: the outermost
  /// ones), which lets them overlap and takes whole CUDA graphs; deeper scopes and single operators then have
  /// no number.
  int scope_depth = 0;
  /// With `scope_depth`: waits for the GPU before a range ends, so that no kernel of another stream can end
  /// in the next one. False: neighbouring ranges that can have mixed so are a data loss, which names them.
  bool isolate_ranges = false;
  /// Name of a range that marks an iteration of what runs between `start` and `stop`: a flopwatch::scope, or
  /// an NVTX range of the program (in any domain; not where another tool takes them). The first iteration is
  /// what is recorded; each further one is for the next group of metrics, and `metrics` and `replay` are by
  /// default what they are for `count`. Empty: all between `start` and `stop` is recorded. `count` does not
  /// look at it.
  std::string iteration = {};
  /// Launches, or scope ranges, between two readings of the counters; each reading waits for the GPU. Where
  /// the program launches so many without waiting itself, again and again, the number doubles, up to 1,024.
  std::size_t max_ranges = 64;
  /// With replay mode `reuse`: how much is measured. That mode is for runs between `start` and `stop`;
  /// `iteration` then names their steps, and the whole run is recorded.
  reuse_options reuse = {};
  /// Parts of the (mangled) names of kernels that get no counters of their own, because they wait for other
  /// kernels: these besides the built-in list, which has NCCL's and others (docs/measuring.md); "-nccl" takes
  /// a part of that list away. With `scope_depth` they are counted in their scope.
  std::vector<std::string> waiting_kernels = {};
  /// Which launches are measured. The others are listed, and named in a data loss. Not with `scope_depth` or
  /// replay mode `reuse`.
  chosen_launches launches = {};
  /// Which raw counter images the capture keeps, for `flopwatch recheck`.
  raw_choice raw = raw_choice::sample;
  /// Where the capture goes; empty: it stays in memory, `result::save` writes it. While it is recorded it is
  /// beside its path, "run.flops.part", at most a second or so behind; a file that is no capture is refused.
  /// Each process of a job needs a path of its own: `%h` is the host, `%p` the process id, `%r` the rank (the
  /// process id without one) and `%%` a percent sign, as in "run.%h.%r.flops".
  std::filesystem::path capture = {};
  /// A capture at that path is replaced, once the new one is whole; false: refused, before anything runs.
  bool overwrite = true;
  /// Runs of the function before the counted one, in `count`.
  int warmup = 1;
  /// Rules for operators that have none, or other rules than the built-in ones: by name without overload
  /// ("my::fused_gelu"). A rule is called once for each distinct set of arguments, on the calling thread.
  /// One that was never asked is named in the data losses.
  std::map<std::string, operator_rule_function> operator_rules = {};
  /// The same from a library that has rules for all its operators: `operator_rules` win over them, and
  /// nothing is said of those that are never asked.
  std::map<std::string, operator_rule_function> library_operator_rules = {};
  /// Distinct operator calls (scope, operator, shapes) that one thread keeps; above it is a data loss.
  std::size_t max_rows = std::size_t{1} << 18U;
};

/// Counts what a program does, and ends in a capture.
///
///     flopwatch::session session{{.device = "cuda:1"}};
///     session.watch(model);                                   // names the modules
///     auto result = session.count([&] { model->forward(x); });
///     std::cout << result.report() << result.total().operator_macs;
///
/// At most one session of a process records at a time; it sees all threads. A session object belongs to
/// one thread. Of one that was moved from, each member throws session_error.
class session {
 public:
  /// \throws device_error when that device does not exist; the message lists the visible ones
  /// \throws usage_error for an option that makes no sense, with its value: a malformed device name, unknown
  /// metrics or number formats, negative `warmup` or `scope_depth`, `max_ranges` or `max_rows` of 0, an empty
  /// rule, a `%` in `capture` that means nothing
  explicit session(session_options options = {});
  session(session&&) noexcept;
  session& operator=(session&&) noexcept;
  /// Drops a recording that still runs. Where it has a file, what that can have by now stays in the part
  /// file: so for a static session when the program calls exit().
  ~session();

  /// Names the scopes of `root`'s module tree and sets its formula rules; further arguments are the
  /// framework layer's (flopwatch/torch.hpp: a name, `custom_ops`). The tree is read when recording starts;
  /// the root must live until then. Each further call adds a root (a generator and a discriminator, say):
  /// each then has its name, or else its type, in front of the paths of its modules. \throws usage_error for
  /// a root that is watched already, an empty one, or a name that is taken or has a dot
  template <class Root, class... More>
  session& watch(Root const& root, More&&... more) {
    watch_model(*this, root, std::forward<More>(more)...);
    return *this;
  }

  /// Owns `f`: runs it `warmup` times unseen, then once recorded, and again for each further group of
  /// metrics (only kernels are looked at then). It must launch the same kernels each time. An exception of
  /// `f` passes through, with everything put back and nothing recorded. \throws session_error, capture_error
  /// \throws usage_error when the metrics need more passes than the replay mode has
  result count(std::function<void()> const& f);

  /// Records from here until `stop`; runs nothing itself. \throws session_error
  /// \throws usage_error when the metrics need more than one pass
  void start();
  /// A capture that cannot be written to its file (a full disk) stays in the result, which names the cause
  /// as a data loss. \throws session_error when not recording, and in a child after fork(): there a session
  /// can start again, with a file of its own
  result stop();

  /// With replay mode `reuse`: a step ends here, and the next one begins. Nothing otherwise.
  void step();

  /// With replay mode `reuse`, while it records: what the launches since `mark` did, as far as it is known by
  /// now; moves the mark. Stops nothing, and waits for no kernel: it costs a look at each distinct launch.
  /// \throws session_error when not recording \throws usage_error with another replay mode
  [[nodiscard]] reused_work reused_since(reuse_mark& mark) const;
  /// The same since the recording began.
  [[nodiscard]] reused_work reused_so_far() const;

  /// For framework layers. \throws session_error after it was moved from
  [[nodiscard]] detail::session_state& state() const;

 private:
  std::unique_ptr<detail::session_state> state_;
};

}  // namespace flopwatch
