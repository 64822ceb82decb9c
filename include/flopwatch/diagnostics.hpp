// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "flopwatch/capture.hpp"

/// \file
/// The kinds of data loss: each has a name, a severity and a sentence. A number with a data loss of severity
/// error is never shown as exact.

namespace flopwatch {

struct loss_kind {
  std::string_view name;
  flopwatch::severity severity;
  std::string_view sentence;  ///< what it means and what to do; `make_loss` can append a detail
  /// The operator column is whole in spite of it, or says itself which rows lack work: what two columns of a
  /// module have in common can still be all that ran. False: anything may be missing anywhere.
  bool operators_whole = false;
};

namespace loss {
inline constexpr loss_kind capture_incomplete{
    "capture_incomplete", severity::error,
    "The recording ended without being closed: the program was killed, or still runs; what is here was recorded "
    "until then, so totals may be too low; record again."};
inline constexpr loss_kind capture_not_written{
    "capture_not_written", severity::warning,
    "The capture file could not be written, so this result is in memory alone; save it to another path."};
inline constexpr loss_kind recording_interrupted{
    "recording_interrupted", severity::error,
    "The recorded block ended by an exception: what ran until then is counted, and totals lack what would have "
    "followed; let the block run to its end."};
inline constexpr loss_kind module_without_scope{
    "module_without_scope", severity::error,
    "A module with a formula rule opens no scope, so its calls, if there were any, were not seen and the "
    "formula column may lack them; declare it through flopwatch::nn or flopwatch::scoped.",
    true};
inline constexpr loss_kind rule_failed{
    "rule_failed", severity::error,
    "A rule threw or gave no usable number, so those calls are missing from the column; fix the rule.", true};
inline constexpr loss_kind rule_negative{
    "rule_negative", severity::error, "A rule returned a negative count, which was not added; fix the rule.",
    true};
inline constexpr loss_kind count_overflow{
    "count_overflow", severity::error,
    "A count did not fit 64 bits and was not added; count a smaller input."};
inline constexpr loss_kind rule_without_inputs{
    "rule_without_inputs", severity::error,
    "A module with a formula rule was called through a plain scope that does not know its tensors; declare "
    "it through flopwatch::nn or flopwatch::scoped.",
    true};
inline constexpr loss_kind call_unreadable{
    "call_unreadable", severity::error,
    "The shapes of a call of a module with a formula rule could not be read (they are symbolic, say), so the "
    "formula column lacks it; count with inputs of known sizes.",
    true};
inline constexpr loss_kind operator_unreadable{
    "operator_unreadable", severity::error,
    "An operator call could not be recorded (its arguments could not be read, or memory ran out), so the "
    "operator column lacks it."};
inline constexpr loss_kind operator_raised{
    "operator_raised", severity::error,
    "An operator raised an exception after a part of it had run, so it is not known what ran; its products are "
    "not counted."};
inline constexpr loss_kind arithmetic_raised{
    "arithmetic_raised", severity::note,
    "An operator without products raised an exception, as a checkpoint does that stops early; whether it ran "
    "first is not known, and its arithmetic is not counted."};
inline constexpr loss_kind operator_answered{
    "operator_answered", severity::error,
    "A dispatch mode or a tensor subclass answered an operator itself and called none that was counted, so "
    "what it ran instead, if anything, is missing from the operator column."};
inline constexpr loss_kind answered_again{
    "answered_again", severity::note,
    "In the backward pass a dispatch mode answered operators itself, as a checkpoint does that saved their "
    "results; they did not run again and are not counted."};
inline constexpr loss_kind script_not_counted{
    "script_not_counted", severity::error,
    "TorchScript ran operators of its own (fused groups, convolutions of optimize_for_inference), and the sizes of "
    "their work are not known, so the operator column lacks it; count the model before it is optimized."};
inline constexpr loss_kind script_frozen{
    "script_frozen", severity::note,
    "A frozen TorchScript module has no modules inside: all its work is in its own row."};
inline constexpr loss_kind calls_folded{
    "calls_folded", severity::note,
    "A parent called a module so often that further calls share the last call's row; totals are complete."};
inline constexpr loss_kind scope_left_open{
    "scope_left_open", severity::warning,
    "A thread was still inside a module when recording ended; what it did later is not counted; stop the "
    "session after the threads have finished."};
inline constexpr loss_kind operator_left_open{
    "operator_left_open", severity::warning,
    "A thread was still inside an operator when recording ended; its work may be counted in part; stop the "
    "session after the threads have finished."};
inline constexpr loss_kind rows_dropped{
    "rows_dropped", severity::error,
    "The bound on distinct operator calls was reached and further ones were dropped; count fewer distinct "
    "shapes, or raise session_options::max_rows."};
inline constexpr loss_kind operator_rule_never_asked{
    "operator_rule_never_asked", severity::warning,
    "A rule was given for an operator that did not run, or that ran inside a counted one alone, so the rule "
    "counted nothing; correct its name, or leave it out."};
inline constexpr loss_kind module_rule_never_asked{
    "module_rule_never_asked", severity::warning,
    "A rule was given for a type that no module of the watched tree has (a derived class is another type), so the "
    "rule counted nothing; give it for the type that is there, or leave it out."};
inline constexpr loss_kind backward_unattributed{
    "backward_unattributed", severity::warning,
    "A backward operator could not be matched to the module whose forward created it; it is counted outside all "
    "modules."};

inline constexpr loss_kind region_not_counted{
    "region_not_counted", severity::error,
    "A compiled region ran whose work, or part of it, could not be read from its graph, so the operator column "
    "lacks it; run without compiling to count it."};
inline constexpr loss_kind region_other_arithmetic{
    "region_other_arithmetic", severity::note,
    "Generated code of compiled regions did arithmetic beside its products that has no rule and is not in the "
    "column of other arithmetic."};

inline constexpr loss_kind began_at_first_call{
    "began_at_first_call", severity::note,
    "The recording began when the program first called a module: what ran before it (making, loading and moving the "
    "model) is in no column.",
    true};
inline constexpr loss_kind option_without_effect{
    "option_without_effect", severity::warning,
    "An option of the recording does nothing in a program of this kind, so other work may be here than was asked for.",
    true};
inline constexpr loss_kind own_session{
    "own_session", severity::error,
    "The program counts itself with flopwatch, and its own session took the place of this recording, so what ran from "
    "then on is missing here; leave the recording to one of the two."};
inline constexpr loss_kind root_not_found{
    "root_not_found", severity::warning,
    "A module that was named as a root was never found, so its work is outside all modules; give the name of a "
    "variable of the main script that holds it, or leave the name out: roots are then found by themselves."};
inline constexpr loss_kind roots_left_out{
    "roots_left_out", severity::warning,
    "The program called more modules that no other one contains than are watched, so the work of further ones is "
    "outside all modules; name the roots."};

inline constexpr loss_kind counters_refused{
    "counters_refused", severity::warning,
    "The GPU's counters could not be read, so launches are listed but not measured."};
inline constexpr loss_kind counters_not_permitted{
    "counters_not_permitted", severity::warning,
    "This user may not read the GPU's counters, so launches are listed but not measured."};
inline constexpr loss_kind metric_lacking{
    "metric_lacking", severity::error,
    "This device cannot count some metrics of the set that its chip has, so the measured figures lack that "
    "work; a MIG slice lacks the counters of units that it shares: use a whole GPU.",
    true};
inline constexpr loss_kind formats_left_out{
    "formats_left_out", severity::note,
    "No operator that launched a kernel works on these number formats, so their tensor-core counters were not "
    "collected, which saves runs; name formats in session_options::tensor_types to have them collected.",
    true};
inline constexpr loss_kind other_profiler{
    "other_profiler", severity::warning,
    "Another profiler was at work in this process, and CUPTI allows one at a time, so the measured numbers can be "
    "wrong or missing; record without it.",
    true};
inline constexpr loss_kind ranges_may_mix{
    "ranges_may_mix", severity::warning,
    "Kernels of several streams ran where one scope range ended and the next began, so neighbouring scopes can have "
    "work of each other; their sum is whole. Set session_options::isolate_ranges, or count each launch by itself.",
    true};
inline constexpr loss_kind uncounted_may_mix{
    "uncounted_may_mix", severity::warning,
    "Kernels without counters that wait for others (NCCL's, say), or a graph that can hold such, could still run on "
    "another stream when counting began again, and must not be waited for, so what was counted next can have work of "
    "theirs. Count by scope, or let the program wait for the GPU behind them in the same stream.",
    true};
inline constexpr loss_kind raw_not_kept{
    "raw_not_kept", severity::warning,
    "Raw counter images could not be kept, so their chunks cannot be checked again by flopwatch recheck; the values "
    "that were read from them are whole.",
    true};
inline constexpr loss_kind group_too_long{
    "group_too_long", severity::error,
    "Metrics that take several passes must count the whole function at once, and it launches more kernels than "
    "this GPU keeps counts of, so these metrics are missing; count a part of it, or other metrics.",
    true};
inline constexpr loss_kind counters_failed{
    "counters_failed", severity::error,
    "Reading the counters failed during the recording, and later launches are not measured.", true};
inline constexpr loss_kind ranges_dropped{
    "ranges_dropped", severity::error,
    "The profiler dropped kernels that did not fit its buffer, so the launches of that chunk are not "
    "measured; request smaller chunks.",
    true};
inline constexpr loss_kind ranges_unmatched{
    "ranges_unmatched", severity::error,
    "The number of kernels that the profiler measured differs from the number of launches that were seen, so "
    "that chunk's values cannot be assigned and are not used; a library that launches past the driver's "
    "public calls (OptiX, say) causes this.",
    true};
inline constexpr loss_kind graph_not_measured{
    "graph_not_measured", severity::error,
    "A CUDA graph was launched, and its kernels have no separate counters in this mode; run without graphs, "
    "or count by scope."};
inline constexpr loss_kind launches_beside_capture{
    "launches_beside_capture", severity::error,
    "Kernels ran while a stream was being captured into a CUDA graph, when the profiler must not be touched, so they are "
    "listed and not measured; capture graphs before the recording begins, or count what runs meanwhile by itself."};
inline constexpr loss_kind waiting_kernels{
    "waiting_kernels", severity::error,
    "Kernels that wait for kernels of other ranks (NCCL's, say) were launched; counted one by one they can wait for ever, "
    "so they are listed and not measured. Count by scope to have them in the number of their scope.",
    true};
inline constexpr loss_kind launches_not_chosen{
    "launches_not_chosen", severity::warning,
    "Launches that the recording was asked to leave out are listed and not measured, so the measured figures lack them "
    "(--kernel-name, --launch-skip, --launch-count; session_options::launches).",
    true};
inline constexpr loss_kind launches_not_profiled{
    "launches_not_profiled", severity::note,
    "Kernels were launched while the program had profiling switched off (cudaProfilerStop); they are not listed."};
inline constexpr loss_kind launches_not_seen{
    "launches_not_seen", severity::error,
    "The program used a GPU while nothing watched its launches, so kernels that ran then are neither listed nor "
    "measured.",
    true};
inline constexpr loss_kind kernel_waits{
    "kernel_waits", severity::warning,
    "A kernel kept the recording waiting for more than 10 seconds: it waits for another kernel, it seems, which cannot be "
    "launched while it is counted; name it in session_options::waiting_kernels.",
    true};
inline constexpr loss_kind context_not_measured{
    "context_not_measured", severity::error,
    "A context of the measured GPU could not be profiled; its launches are listed, not measured.", true};
inline constexpr loss_kind launches_elsewhere{
    "launches_elsewhere", severity::note,
    "Kernels were launched on other GPUs than the requested one; they are not in the figures."};
inline constexpr loss_kind iterations_differ{
    "iterations_differ", severity::error,
    "The function launched different kernels when it ran again for the next group of counters, so the groups "
    "cannot be joined and only the first one is shown; make it deterministic, or count fewer metrics.",
    true};
inline constexpr loss_kind kernel_replay{
    "kernel_replay", severity::warning,
    "Each kernel ran once for every pass, with device memory saved and restored in between, so "
    "results that depend on time or on other devices may differ."};
inline constexpr loss_kind iteration_not_seen{
    "iteration_not_seen", severity::error,
    "No range with the name that marks an iteration was opened, so nothing was counted; make sure that the "
    "program opens a flopwatch::scope or an NVTX range with that name, and that no other tool receives its "
    "NVTX ranges."};
inline constexpr loss_kind iterations_missing{
    "iterations_missing", severity::warning,
    "There were fewer iterations than groups of counters, so some metrics are missing; count more iterations "
    "or fewer metrics."};
inline constexpr loss_kind launch_in_flight{
    "launch_in_flight", severity::warning,
    "A thread was still launching a kernel when counting ended, so that context's last chunk is lost; stop "
    "the session after the threads have finished."};

inline constexpr loss_kind counts_reused{
    "counts_reused", severity::note,
    "Launches whose equals were measured have the counts of those; the report says how many, and how sure their sum is.",
    true};
inline constexpr loss_kind reuse_not_learned{
    "reuse_not_learned", severity::warning,
    "Kinds of launches had no measurement yet when the recording ended, so those launches have no counts; record for "
    "longer, or raise the budget.",
    true};
inline constexpr loss_kind reuse_not_audited{
    "reuse_not_audited", severity::warning,
    "Fewer than two whole steps were measured at once, so nothing but single checks confirms the reused counts; record "
    "for longer, and mark the steps (session_options::iteration, session::step).",
    true};
inline constexpr loss_kind reuse_disagrees{
    "reuse_disagrees", severity::error,
    "Whole steps did other work than their launches' reused counts add up to, and no check has found which launch "
    "varies; the sum can be wrong by as much as the largest difference. Measure such a step in full.",
    true};
inline constexpr loss_kind reuse_table_full{
    "reuse_table_full", severity::error,
    "The program launches more different kinds of kernels than are kept, so further launches are counted and not "
    "measured; raise reuse_options::most_keys, or watch a part of the run.",
    true};

inline constexpr loss_kind process_missing{
    "process_missing", severity::error,
    "The launcher started more processes than there are captures, so the work of those is missing; merge the captures "
    "of all ranks.",
    true};
inline constexpr loss_kind process_repeated{
    "process_repeated", severity::warning,
    "Several captures are of one rank, and their work is added up; merge those of one run if they are of several.",
    true};
inline constexpr loss_kind process_without_column{
    "process_without_column", severity::error,
    "Some processes lack a column that others have, so that column's sums lack their work; record all processes alike.",
    true};
inline constexpr loss_kind parameters_differ{
    "parameters_differ", severity::note,
    "Modules have other numbers of parameters in some processes, which hold parts of them; the largest number is shown."};
inline constexpr loss_kind import_cut_off{
    "import_cut_off", severity::error,
    "The imported file ends in the middle, so what followed is missing; export it again."};
inline constexpr loss_kind import_unreadable{
    "import_unreadable", severity::error,
    "Parts of the imported file could not be read, so what they held is missing; export it again."};
inline constexpr loss_kind import_left_out{
    "import_left_out", severity::note,
    "Metrics of the imported file that are no counts (rates, averages, sizes, times) were left out; no FLOP can be "
    "read from them.",
    true};
inline constexpr loss_kind import_not_available{
    "import_not_available", severity::error,
    "Counters of FLOPs have no value in the imported file (n/a), so the measured figures lack that work, if there was "
    "any; ask for metrics that the chip has.",
    true};
inline constexpr loss_kind import_rounded{
    "import_rounded", severity::error,
    "The imported file has rounded counts of FLOPs, in thousands or more, so the measured figures are rounded, too; "
    "export it with base units (ncu --print-units base).",
    true};
inline constexpr loss_kind import_counters_missing{
    "import_counters_missing", severity::error,
    "The imported file lacks counters of FLOPs, so the measured figures lack that work, if there was any; collect them "
    "too.",
    true};
inline constexpr loss_kind import_tensor_unknown{
    "import_tensor_unknown", severity::warning,
    "The imported file has no counter of tensor-core FLOPs, so it is not known whether the tensor cores worked in these "
    "launches; collect such counters too.",
    true};
inline constexpr loss_kind import_tensor_uncounted{
    "import_tensor_uncounted", severity::error,
    "Launches worked on the tensor cores, as an instruction counter or the kernel's name shows, and the imported file "
    "has no counter of those FLOPs, so these launches are not measured; instructions are no FLOPs without their shape.",
    true};
inline constexpr loss_kind import_tensor_derived{
    "import_tensor_derived", severity::note,
    "Derived, not measured, and in no total: tensor-core instructions times the FLOPs of the one instruction shape that "
    "the kernel's name gives.",
    true};
inline constexpr loss_kind import_tensor_zero{
    "import_tensor_zero", severity::error,
    "A counter of tensor-core FLOPs reads 0 while the tensor cores were at work, so it does not count what this chip "
    "ran, and these launches are not measured; ask for the metrics of this chip.",
    true};
inline constexpr loss_kind import_tensor_ambiguous{
    "import_tensor_ambiguous", severity::error,
    "The tensor pipe was busier than full warps of half-precision arithmetic make it, so it is not known whether the "
    "tensor cores worked in these launches; where a counter of their FLOPs reads 0, the launch is not measured. Ask for "
    "the metrics of this chip.",
    true};
inline constexpr loss_kind import_older_metric{
    "import_older_metric", severity::error,
    "Metrics of an older generation of chips were read on a newer one, whose tensor cores run other instructions, so "
    "they were not used; ask for the metrics of this chip.",
    true};
inline constexpr loss_kind import_tensor_part{
    "import_tensor_part", severity::error,
    "The imported file has a part of a tensor-core counter alone (one instruction, or sparse operations without dense "
    "ones), so the measured figures lack the others; collect the whole counter.",
    true};
inline constexpr loss_kind import_overlapping{
    "import_overlapping", severity::note,
    "Tensor-core counters of the imported file count the same operations in two ways; one of the ways was left out.",
    true};
inline constexpr loss_kind import_kernel_without_launch{
    "import_kernel_without_launch", severity::warning,
    "The launches of some kernels are not in the imported file, so these kernels are listed outside all modules.",
    true};
inline constexpr loss_kind import_launch_without_kernel{
    "import_launch_without_kernel", severity::error,
    "Some launches in the imported file have no kernel: its profiler dropped them, or ended too early, so what ran is "
    "not known.",
    true};
inline constexpr loss_kind import_ranges_left_out{
    "import_ranges_left_out", severity::note,
    "Ranges of the imported file that were started and ended, not pushed and popped, make no rows: what ran in them is in "
    "the rows of the other ranges around it.",
    true};
inline constexpr loss_kind import_no_shapes{
    "import_no_shapes", severity::error,
    "Operators in the imported file have no shapes, so their work cannot be counted; record with record_shapes=True, or "
    "give a capture of the same model with --operators."};
inline constexpr loss_kind import_not_joined{
    "import_not_joined", severity::warning,
    "Scopes of the imported file have no partner in the capture of the operators, so their rows have no operator and no "
    "formula column."};
inline constexpr loss_kind import_entries_unknown{
    "import_entries_unknown", severity::error,
    "It is not known how often scopes of the capture of the operators ran in the imported file (the ranges there do not "
    "show it, or their number is no multiple), so work in their operator and formula columns may be missing; give a "
    "capture of one iteration, and record with ranges of flopwatch."};
inline constexpr loss_kind import_launch_repeated{
    "import_launch_repeated", severity::warning,
    "Launches that an imported file has already (same host, process, ID and kernel) are in another one, too, and were "
    "left out there; if these are other launches, import the files one by one, and merge the captures.",
    true};
inline constexpr loss_kind import_too_many_plans{
    "import_too_many_plans", severity::error,
    "The launches of the imported file have too many different sets of counters, so the last ones are listed, not "
    "measured; collect the same metrics for all kernels.",
    true};

inline constexpr std::array all{
    capture_incomplete,
    capture_not_written,
    recording_interrupted,
    module_without_scope,
    rule_failed,
    rule_negative,
    count_overflow,
    rule_without_inputs,
    call_unreadable,
    operator_unreadable,
    operator_raised,
    arithmetic_raised,
    operator_answered,
    answered_again,
    script_not_counted,
    script_frozen,
    region_not_counted,
    region_other_arithmetic,
    calls_folded,
    scope_left_open,
    operator_left_open,
    rows_dropped,
    backward_unattributed,
    counters_refused,
    counters_not_permitted,
    formats_left_out,
    other_profiler,
    ranges_may_mix,
    uncounted_may_mix,
    raw_not_kept,
    group_too_long,
    counters_failed,
    ranges_dropped,
    ranges_unmatched,
    graph_not_measured,
    launches_beside_capture,
    waiting_kernels,
    launches_not_chosen,
    launches_not_profiled,
    launches_not_seen,
    kernel_waits,
    context_not_measured,
    launches_elsewhere,
    iterations_differ,
    iteration_not_seen,
    iterations_missing,
    launch_in_flight,
    kernel_replay,
    metric_lacking,
    counts_reused,
    reuse_not_learned,
    reuse_not_audited,
    reuse_disagrees,
    reuse_table_full,
    operator_rule_never_asked,
    module_rule_never_asked,
    began_at_first_call,
    option_without_effect,
    own_session,
    root_not_found,
    roots_left_out,
    process_missing,
    process_repeated,
    process_without_column,
    parameters_differ,
    import_cut_off,
    import_unreadable,
    import_left_out,
    import_not_available,
    import_rounded,
    import_counters_missing,
    import_tensor_unknown,
    import_tensor_uncounted,
    import_tensor_derived,
    import_tensor_zero,
    import_tensor_ambiguous,
    import_older_metric,
    import_tensor_part,
    import_overlapping,
    import_kernel_without_launch,
    import_launch_without_kernel,
    import_ranges_left_out,
    import_no_shapes,
    import_not_joined,
    import_entries_unknown,
    import_launch_repeated,
    import_too_many_plans,
};

/// The kind of that name; null for one that this version does not know.
[[nodiscard]] constexpr loss_kind const* find(std::string_view name) noexcept {
  for (auto const& kind : all) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}
}  // namespace loss

/// The data loss of counters that are not available at all: `counters_not_permitted`, or `counters_refused`
/// for any other cause.
[[nodiscard]] inline loss_kind const& loss_of_refusal(exit_code cause) noexcept {
  return cause == exit_code::not_permitted ? loss::counters_not_permitted : loss::counters_refused;
}

/// A record of `kind` with a detail appended to its sentence (none when empty).
[[nodiscard]] inline data_loss_record make_loss(loss_kind const& kind, std::int64_t count,
                                                std::string_view detail = {}) {
  data_loss_record r{std::string(kind.name), kind.severity, count, std::string(kind.sentence)};
  if (!detail.empty()) r.text.append(" ").append(detail);
  return r;
}

}  // namespace flopwatch
