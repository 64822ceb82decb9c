// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <typeinfo>
#include <utility>
#include <vector>

#include <c10/util/SmallVector.h>
#include <torch/nn/module.h>
#include <torch/nn/utils/rnn.h>

#include "flopwatch/detail/scope_token.hpp"

namespace flopwatch {

namespace detail {

/// Shapes of the tensors among the arguments or results of a module call, in the form that
/// scope_token::finished_call takes.
class call_shapes {
 public:
  template <class... Args>
  void begin_list(Args const&... args) {
    auto const at = words_.size();
    words_.push_back(0);
    auto const before = tensors_;
    (add(args), ...);
    words_[at] = tensors_ - before;
  }
  void end() {
    words_.push_back(max_batch_);
    words_.push_back(steps_);
  }
  [[nodiscard]] std::span<std::int64_t const> words() const noexcept {
    return {words_.data(), words_.size()};
  }

 private:
  void add(at::Tensor const& t);
  void add(torch::nn::utils::rnn::PackedSequence const& p);
  template <class T>
  void add(std::optional<T> const& v) {
    if (v) add(*v);
  }
  template <class T>
  void add(std::vector<T> const& v) {
    if constexpr (!std::is_arithmetic_v<T>) {
      for (auto const& e : v) add(e);
    }
  }
  template <class... T>
  void add(std::tuple<T...> const& v) {
    std::apply(
        [this](auto const&... e) {
          static_cast<void>(this);  // of no use to an empty tuple
          (add(e), ...);
        },
        v);
  }
  template <class A, class B>
  void add(std::pair<A, B> const& v) {
    add(v.first);
    add(v.second);
  }
  /// Anything else holds no tensor that a rule could see.
  template <class T>
  void add(T const& v) {
    if constexpr (std::is_convertible_v<T const&, at::Tensor const&>) {
      add(static_cast<at::Tensor const&>(v));
    }
  }

  c10::SmallVector<std::int64_t, 24> words_;
  std::int64_t tensors_ = 0;
  std::int64_t max_batch_ = -1;
  std::int64_t steps_ = -1;
};

}  // namespace detail

/// The scope of one call of a module, for use inside its own `forward`:
///
///     Tensor forward(Tensor x) {
///       flopwatch::module_scope scope{*this, x};
///       ...
///       return scope.returns(y);
///     }
///
/// The inputs and `returns` are for formula rules; a module without a rule needs neither. Must not
/// outlive the call. Costs one atomic load when no session records.
class [[nodiscard]] module_scope {
 public:
  template <class Module, class... Args>
  explicit module_scope(Module const& module, Args const&... args) noexcept
      : module_scope(static_cast<torch::nn::Module const*>(&module), typeid(module), args...) {}
  ~module_scope() { token_.leave(); }
  module_scope(module_scope const&) = delete;
  module_scope& operator=(module_scope const&) = delete;

  /// Reports the finished call and hands `result` through.
  template <class Result>
  Result&& returns(Result&& result) noexcept {
    if (shapes_) {
      try {
        shapes_->begin_list(result);
        shapes_->end();
        token_.finished_call(shapes_->words());
      } catch (...) {
        token_.unreadable_call();
      }
    }
    return std::forward<Result>(result);
  }

  /// The same for a `forward` that returns void.
  void returns_nothing() noexcept { (void)returns(std::tuple<>()); }

  /// For classes that lie as a layer over the user's Impl: `type` is then the Impl's.
  template <class... Args>
  module_scope(torch::nn::Module const* module, std::type_info const& type, Args const&... args) noexcept {
    token_.enter_module(module, type);
    if (!token_.wants_call()) return;
    try {
      shapes_.emplace();
      shapes_->begin_list(args...);
    } catch (...) {
      shapes_.reset();
      token_.unreadable_call();
    }
  }

 private:
  detail::scope_token token_;
  std::optional<detail::call_shapes> shapes_;
};

}  // namespace flopwatch
