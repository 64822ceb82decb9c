// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <torch/optim.h>

#include "flopwatch/scope.hpp"

/// \file
/// torch::optim under the same names, with optimizers whose step is recorded as phase optimizer:
///
///     namespace optim = flopwatch::optim;      // instead of torch::optim
///     optim::SGD optimizer{model->parameters(), 0.1};
///
/// LibTorch's own optimizers announce nothing: without that line, their work is of phase forward.

namespace flopwatch {

/// An optimizer whose step opens the scope "<name>.step". Its closure is of phase forward; backward calls are
/// backward as everywhere. `Name` gives the name as `value`.
template <class Optimizer, class Name>
class stepping : public Optimizer {
 public:
  using Optimizer::Optimizer;

  at::Tensor step(::torch::optim::Optimizer::LossClosure closure = nullptr) override {
    optimizer_step const step{Name::value};
    if (!closure) return Optimizer::step(closure);
    return Optimizer::step([&closure] {
      closure_scope const inside;
      return closure();
    });
  }

 private:
  class closure_scope {
   public:
    closure_scope() noexcept { token_.enter_closure(); }
    ~closure_scope() { token_.leave(); }
    closure_scope(closure_scope const&) = delete;
    closure_scope& operator=(closure_scope const&) = delete;

   private:
    detail::scope_token token_;
  };
};

namespace optim {

using namespace ::torch::optim;  // NOLINT(google-build-using-namespace): names below win over these

namespace name {
struct adagrad {
  static constexpr std::string_view value = "Adagrad.step";
};
struct adam {
  static constexpr std::string_view value = "Adam.step";
};
struct adamw {
  static constexpr std::string_view value = "AdamW.step";
};
struct lbfgs {
  static constexpr std::string_view value = "LBFGS.step";
};
struct rmsprop {
  static constexpr std::string_view value = "RMSprop.step";
};
struct sgd {
  static constexpr std::string_view value = "SGD.step";
};
}  // namespace name

using Adagrad = stepping<::torch::optim::Adagrad, name::adagrad>;
using Adam = stepping<::torch::optim::Adam, name::adam>;
using AdamW = stepping<::torch::optim::AdamW, name::adamw>;
using LBFGS = stepping<::torch::optim::LBFGS, name::lbfgs>;
using RMSprop = stepping<::torch::optim::RMSprop, name::rmsprop>;
using SGD = stepping<::torch::optim::SGD, name::sgd>;

}  // namespace optim
}  // namespace flopwatch
