// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Builds every module that thop_cases.json names, runs it, and prints what thop's rule gives for the
// call as one JSON object, {name: amount}, with null for types without a rule. The Python test does the
// same with thop itself and compares.

#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/modules/padding.h>
#include <torch/nn/modules/pixelshuffle.h>
#include <torch/nn/modules/pooling.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/modules/upsampling.h>

#include "torch/formula_rule.hpp"
#include "torch/thop_calls.hpp"

namespace {

namespace nn = torch::nn;
using flopwatch::module_call;
using nlohmann::json;
using lengths = std::vector<std::int64_t>;

/// Constructor options under PyTorch's names. One that no builder reads would make both sides count
/// different modules, so it is an error.
class case_options {
 public:
  explicit case_options(json const& values) : values_(values) {
    for (auto const& entry : values.items()) unread_.insert(entry.key());
  }

  [[nodiscard]] bool has(std::string const& key) const { return values_.contains(key); }

  template <class T>
  T get(std::string const& key) {
    unread_.erase(key);
    return values_.at(key).get<T>();
  }
  template <class T>
  T get(std::string const& key, T fallback) {
    return has(key) ? get<T>(key) : fallback;
  }
  std::int64_t integer(std::string const& key) { return get<std::int64_t>(key); }

  /// A number for all dimensions, or a list with one for each.
  template <std::size_t D>
  torch::ExpandingArray<D> sizes(std::string const& key) {
    unread_.erase(key);
    auto const& v = values_.at(key);
    if (v.is_number()) return v.get<std::int64_t>();
    return v.get<std::vector<std::int64_t>>();
  }
  template <std::size_t D>
  torch::ExpandingArray<D> sizes(std::string const& key, torch::ExpandingArray<D> fallback) {
    return has(key) ? sizes<D>(key) : fallback;
  }

  void all_read() const {
    if (!unread_.empty()) throw std::runtime_error("nothing reads the option " + *unread_.begin());
  }

 private:
  json const& values_;
  std::set<std::string> unread_;
};

struct subject {
  std::shared_ptr<nn::Module> module;
  std::function<module_call(torch::Tensor const&)> run;
  std::function<module_call(torch::Tensor const&, lengths const&)> run_packed;
};

template <class Impl, class... Args>
subject make(Args&&... args) {
  auto const module = std::make_shared<Impl>(std::forward<Args>(args)...);
  subject made{.module = module,
               .run = [module](auto const& x) { return flopwatch::test::run_module(*module, x); },
               .run_packed = {}};
  if constexpr (requires { &Impl::forward_with_packed_input; }) {
    made.run_packed = [module](auto const& x, auto const& l) {
      return flopwatch::test::run_packed(*module, x, l);
    };
  }
  return made;
}

using builder = std::function<subject(case_options&)>;
using builders = std::map<std::string, builder>;

template <class Options, std::size_t D>
Options convolution_options(case_options& o) {
  auto options = Options(o.integer("in_channels"), o.integer("out_channels"), o.sizes<D>("kernel_size"));
  return options.stride(o.sizes<D>("stride", 1))
      .padding(o.sizes<D>("padding", 0))
      .dilation(o.sizes<D>("dilation", 1))
      .groups(o.get<std::int64_t>("groups", 1))
      .bias(o.get<bool>("bias", true));
}

template <std::size_t D, class Plain, class Transposed>
void add_convolutions(builders& table) {
  auto const dims = std::to_string(D) + "d";
  table["Conv" + dims] = [](case_options& o) {
    return make<Plain>(convolution_options<nn::ConvOptions<D>, D>(o));
  };
  table["ConvTranspose" + dims] = [](case_options& o) {
    return make<Transposed>(convolution_options<nn::ConvTransposeOptions<D>, D>(o).output_padding(
        o.sizes<D>("output_padding", 0)));
  };
}

template <class Batch, class Instance>
void add_norms(builders& table, std::string const& dims) {
  table["BatchNorm" + dims] = [](case_options& o) {
    return make<Batch>(nn::BatchNormOptions(o.integer("num_features")).affine(o.get("affine", true)));
  };
  table["InstanceNorm" + dims] = [](case_options& o) {
    return make<Instance>(nn::InstanceNormOptions(o.integer("num_features")).affine(o.get("affine", false)));
  };
}

template <std::size_t D, class Average, class Maximum>
void add_pools(builders& table) {
  auto const dims = std::to_string(D) + "d";
  table["AvgPool" + dims] = [](case_options& o) {
    auto const kernel = o.sizes<D>("kernel_size");
    return make<Average>(nn::AvgPoolOptions<D>(kernel)
                             .stride(o.sizes<D>("stride", kernel))
                             .padding(o.sizes<D>("padding", 0))
                             .ceil_mode(o.get("ceil_mode", false)));
  };
  table["MaxPool" + dims] = [](case_options& o) {
    auto const kernel = o.sizes<D>("kernel_size");
    return make<Maximum>(
        nn::MaxPoolOptions<D>(kernel).stride(o.sizes<D>("stride", kernel)).padding(o.sizes<D>("padding", 0)));
  };
}

template <std::size_t D, class Average, class Maximum>
void add_adaptive_pools(builders& table) {
  auto const dims = std::to_string(D) + "d";
  auto const output_size = [](case_options& o) { return *o.sizes<D>("output_size"); };
  auto const build = [output_size]<class Impl>(case_options& o) {
    auto const sizes = output_size(o);
    return make<Impl>(std::vector<std::int64_t>(sizes.begin(), sizes.end()));
  };
  table["AdaptiveAvgPool" + dims] = [build](case_options& o) {
    return build.template operator()<Average>(o);
  };
  table["AdaptiveMaxPool" + dims] = [build](case_options& o) {
    return build.template operator()<Maximum>(o);
  };
}

template <class Options>
Options recurrent_options(case_options& o) {
  return Options(o.integer("input_size"), o.integer("hidden_size"))
      .num_layers(o.get<std::int64_t>("num_layers", 1))
      .bias(o.get("bias", true))
      .batch_first(o.get("batch_first", false))
      .bidirectional(o.get("bidirectional", false));
}

template <class Impl, class Options>
void add_cell(builders& table, std::string const& name) {
  table[name] = [](case_options& o) {
    return make<Impl>(Options(o.integer("input_size"), o.integer("hidden_size")).bias(o.get("bias", true)));
  };
}

void add_recurrent(builders& table) {
  add_cell<nn::RNNCellImpl, nn::RNNCellOptions>(table, "RNNCell");
  add_cell<nn::GRUCellImpl, nn::GRUCellOptions>(table, "GRUCell");
  add_cell<nn::LSTMCellImpl, nn::LSTMCellOptions>(table, "LSTMCell");
  table["RNN"] = [](case_options& o) { return make<nn::RNNImpl>(recurrent_options<nn::RNNOptions>(o)); };
  table["GRU"] = [](case_options& o) { return make<nn::GRUImpl>(recurrent_options<nn::GRUOptions>(o)); };
  table["LSTM"] = [](case_options& o) {
    return make<nn::LSTMImpl>(
        recurrent_options<nn::LSTMOptions>(o).proj_size(o.get<std::int64_t>("proj_size", 0)));
  };
}

subject make_upsample(case_options& o) {
  nn::UpsampleOptions options;
  if (o.has("size")) options.size(o.get<std::vector<std::int64_t>>("size"));
  if (o.has("scale_factor")) options.scale_factor(o.get<std::vector<double>>("scale_factor"));
  auto const mode = o.get<std::string>("mode", "nearest");
  if (mode == "linear")
    options.mode(torch::kLinear);
  else if (mode == "bilinear")
    options.mode(torch::kBilinear);
  else if (mode == "bicubic")
    options.mode(torch::kBicubic);
  else if (mode == "trilinear")
    options.mode(torch::kTrilinear);
  else if (mode != "nearest")
    throw std::runtime_error("unknown mode " + mode);
  if (mode != "nearest") options.align_corners(false);
  return make<nn::UpsampleImpl>(options);
}

void add_single_types(builders& table) {
  table["Linear"] = [](case_options& o) {
    return make<nn::LinearImpl>(
        nn::LinearOptions(o.integer("in_features"), o.integer("out_features")).bias(o.get("bias", true)));
  };
  table["LayerNorm"] = [](case_options& o) {
    return make<nn::LayerNormImpl>(nn::LayerNormOptions(o.get<std::vector<std::int64_t>>("normalized_shape"))
                                       .elementwise_affine(o.get("elementwise_affine", true)));
  };
  table["PReLU"] = [](case_options& o) {
    return make<nn::PReLUImpl>(nn::PReLUOptions().num_parameters(o.get<std::int64_t>("num_parameters", 1)));
  };
  table["Softmax"] = [](case_options& o) { return make<nn::SoftmaxImpl>(o.integer("dim")); };
  table["Upsample"] = make_upsample;
  table["ReLU"] = [](case_options&) { return make<nn::ReLUImpl>(); };
  table["ReLU6"] = [](case_options&) { return make<nn::ReLU6Impl>(); };
  table["LeakyReLU"] = [](case_options&) { return make<nn::LeakyReLUImpl>(); };
  table["Dropout"] = [](case_options&) { return make<nn::DropoutImpl>(); };
  table["ZeroPad2d"] = [](case_options& o) { return make<nn::ZeroPad2dImpl>(o.integer("padding")); };
  table["PixelShuffle"] = [](case_options& o) {
    return make<nn::PixelShuffleImpl>(o.integer("upscale_factor"));
  };
  // A chain of zero rules: the walk adds what is inside, and the rule itself must add nothing.
  table["Sequential"] = [](case_options&) { return make<nn::SequentialImpl>(nn::ReLU(), nn::Dropout()); };
}

void add_types_without_rule(builders& table) {
  table["GELU"] = [](case_options&) { return make<nn::GELUImpl>(); };
  table["SiLU"] = [](case_options&) { return make<nn::SiLUImpl>(); };
  table["Sigmoid"] = [](case_options&) { return make<nn::SigmoidImpl>(); };
  table["Tanh"] = [](case_options&) { return make<nn::TanhImpl>(); };
  table["Identity"] = [](case_options&) { return make<nn::IdentityImpl>(); };
  table["Flatten"] = [](case_options&) { return make<nn::FlattenImpl>(); };
  table["Dropout2d"] = [](case_options&) { return make<nn::Dropout2dImpl>(); };
  table["Softmax2d"] = [](case_options&) { return make<nn::Softmax2dImpl>(); };
  table["LogSoftmax"] = [](case_options& o) { return make<nn::LogSoftmaxImpl>(o.integer("dim")); };
  table["GroupNorm"] = [](case_options& o) {
    return make<nn::GroupNormImpl>(o.integer("num_groups"), o.integer("num_channels"));
  };
}

builders make_builders() {
  builders table;
  add_convolutions<1, nn::Conv1dImpl, nn::ConvTranspose1dImpl>(table);
  add_convolutions<2, nn::Conv2dImpl, nn::ConvTranspose2dImpl>(table);
  add_convolutions<3, nn::Conv3dImpl, nn::ConvTranspose3dImpl>(table);
  add_norms<nn::BatchNorm1dImpl, nn::InstanceNorm1dImpl>(table, "1d");
  add_norms<nn::BatchNorm2dImpl, nn::InstanceNorm2dImpl>(table, "2d");
  add_norms<nn::BatchNorm3dImpl, nn::InstanceNorm3dImpl>(table, "3d");
  add_pools<1, nn::AvgPool1dImpl, nn::MaxPool1dImpl>(table);
  add_pools<2, nn::AvgPool2dImpl, nn::MaxPool2dImpl>(table);
  add_pools<3, nn::AvgPool3dImpl, nn::MaxPool3dImpl>(table);
  add_adaptive_pools<1, nn::AdaptiveAvgPool1dImpl, nn::AdaptiveMaxPool1dImpl>(table);
  add_adaptive_pools<2, nn::AdaptiveAvgPool2dImpl, nn::AdaptiveMaxPool2dImpl>(table);
  add_adaptive_pools<3, nn::AdaptiveAvgPool3dImpl, nn::AdaptiveMaxPool3dImpl>(table);
  add_recurrent(table);
  add_single_types(table);
  add_types_without_rule(table);
  return table;
}

json amount_of(json const& c, builders const& table) {
  auto const found = table.find(c.at("type").get<std::string>());
  if (found == table.end()) throw std::runtime_error("nothing builds this type");
  auto const no_options = json::object();
  case_options options(c.contains("options") ? c.at("options") : no_options);
  auto const made = found->second(options);
  options.all_read();

  made.module->eval();
  auto const input = torch::zeros(c.at("input").get<std::vector<std::int64_t>>());
  auto const call =
      c.contains("lengths") ? made.run_packed(input, c.at("lengths").get<lengths>()) : made.run(input);

  auto const& module = *made.module;
  auto const* rule = flopwatch::torch_layer::find_thop_rule(typeid(module));
  if (rule == nullptr) return nullptr;
  if (rule->name != found->first) throw std::runtime_error("the rule is named " + rule->name);
  return rule->count(module, call);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: thop_cases CASES.json\n";
    return 2;
  }
  torch::NoGradGuard const no_grad;
  std::ifstream file(argv[1]);
  if (!file) throw std::runtime_error(std::string("cannot read ") + argv[1]);
  auto const table = make_builders();
  auto amounts = json::object();
  for (auto const& c : json::parse(file)) {
    auto const name = c.at("name").get<std::string>();
    try {
      amounts[name] = amount_of(c, table);
    } catch (std::exception const& e) {
      throw std::runtime_error("case " + name + ": " + e.what());
    }
  }
  std::cout << amounts.dump(1) << '\n';
  return 0;
} catch (std::exception const& e) {
  std::cerr << "thop_cases: " << e.what() << '\n';
  return 1;
}
